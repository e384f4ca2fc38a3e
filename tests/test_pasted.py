import pytest

from footyd.errors import FootydError
from footyd.pasted import read_address


@pytest.mark.parametrize(
    "address",
    [
        "https://x.com/fan/status/901",
        "https://twitter.com/fan/status/901?s=20&t=abc",
        "https://mobile.twitter.com/fan/status/901/video/1",
        "http://www.x.com/fan/status/901#m",
        "https://x.com/fan/statuses/901/",
        "https://nitter.example.org/fan/status/901#m",
        "https://vxtwitter.com/fan/status/901",
        "https://mirror.example/fan/status/901",
        "x.com/fan/status/901",
        " https://X.com/fan/status/901 ",
    ],
)
def test_a_post_is_known_by_its_number_whichever_host_shows_it(address: str) -> None:
    pasted = read_address(address, {"mirror.example"})
    assert (pasted.id, pasted.url, pasted.author) == ("901", "https://x.com/fan/status/901", "fan")


@pytest.mark.parametrize("address", ["https://x.com/i/status/901", "https://twitter.com/i/web/status/901"])
def test_a_link_of_x_itself_names_no_author(address: str) -> None:
    pasted = read_address(address)
    assert (pasted.id, pasted.url, pasted.author) == ("901", "https://x.com/i/status/901", "")


def test_any_other_page_is_known_by_its_whole_address() -> None:
    one = read_address("https://tv.example/goal?v=1#t=3")
    assert one.id.startswith("link-")
    assert (one.url, one.author) == ("https://tv.example/goal?v=1", "")
    assert read_address("https://tv.example/goal?v=1").id == one.id
    assert read_address("https://tv.example/goal?v=2").id != one.id
    assert read_address("https://mastodon.example/fan/status/901").id.startswith("link-")


@pytest.mark.parametrize(
    "text", ["", "goal", "ftp://x.com/fan/status/1", "file:///etc/passwd", "https://", "https://[x/1", "//x"]
)
def test_what_is_no_web_address_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(FootydError, match="not a web address") as refused:
        read_address(text)
    assert "https://" in refused.value.remedy
