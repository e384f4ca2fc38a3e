"""What people write besides a team's name: nicknames, and in capitals the code of hashtags (#ARSCHE)."""

from __future__ import annotations

_TABLE = """
arsenal = gunners ARS
aston villa = villa, avfc AVL
bournemouth = afcb BOU
brentford = BRE
brighton = bhafc BHA
chelsea = cfc CHE
crystal palace = palace, cpfc CRY
everton = efc EVE
fulham = ffc FUL
leeds = lufc LEE
leicester = lcfc LEI
liverpool = lfc LIV
manchester city = man city, mcfc MCI
manchester united = man utd, man united, mufc MUN
newcastle = nufc NEW
nottingham forest = forest, nffc NFO
southampton = saints SOU
sunderland = safc SUN
tottenham = spurs, thfc TOT
west ham = whufc WHU
wolves = wwfc WOL
real madrid = RMA
barcelona = barca, fcb BAR
atletico madrid = atleti, atletico ATM
athletic club = athletic bilbao, athletic ATH
real betis = betis BET
real sociedad = la real RSO
rayo vallecano = rayo RAY
celta vigo = celta CEL
valencia = VCF
juventus = juve JUV
inter = inter milan, internazionale INT
ac milan = acm MIL
as roma = roma ROM
fiorentina = viola FIO
bayern munchen = bayern, bayern munich, fcb BAY
bayern munich = bayern, fc bayern, fcb BAY
borussia dortmund = dortmund, bvb BVB
bayer leverkusen = leverkusen, bayer 04 B04
borussia monchengladbach = gladbach, bmg BMG
eintracht frankfurt = frankfurt, sge SGE
rb leipzig = leipzig, rbl RBL
1899 hoffenheim = hoffenheim TSG
fsv mainz 05 = mainz, mainz 05 M05
fc schalke 04 = schalke, s04 S04
hamburger sv = hsv HSV
werder bremen = werder, svw SVW
union berlin = fcub FCU
paris saint germain = psg, paris sg, paris PSG
benfica = slb SLB
fc porto = fcp FCP
sporting cp = sporting SCP
psv eindhoven = psv PSV
feyenoord = FEY
galatasaray = gala, cimbom GS
fenerbahce = fener FB
besiktas = bjk BJK
boca juniors = boca BOC
river plate = river RIV
flamengo = mengao, fla FLA
palmeiras = verdao PAL
corinthians = timao COR
sao paulo = spfc SAO
vasco da gama = vasco VAS
atletico mg = galo CAM
inter miami = miami MIA
los angeles fc = lafc LAFC
al hilal saudi fc = al hilal HIL
netherlands = holland, oranje NED
usa = usmnt USA
south korea = korea KOR
germany = deutschland GER
spain = espana ESP
brazil = brasil BRA
italy = italia ITA
"""


def _read(table: str) -> dict[str, tuple[tuple[str, ...], str]]:
    rows = (line.split(" = ") for line in table.strip().splitlines())
    return {team: _split(written) for team, written in rows}


def _split(written: str) -> tuple[tuple[str, ...], str]:
    nicknames, _, code = written.rpartition(" ")
    return tuple(nickname for nickname in nicknames.split(", ") if nickname), code


NICKNAMES = _read(_TABLE)
"""By the folded name of the feed: nicknames and code."""
