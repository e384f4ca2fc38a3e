"""What a failed S3 call means: whether it passes by itself, and what a person can do about it."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, SSLError
from botocore.exceptions import ConnectionError as NoConnectionError

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_PASSING = frozenset({"RequestTimeout", "SlowDown", "Throttling", "TooManyRequests", "BadDigest", "429"})
KEYS_REMEDY = "Set library.s3.access_key and library.s3.secret_key (their secret files or variables)."
ADDRESS_REMEDY = "Check library.s3.endpoint_url, the network and, for https, the server's certificate."
_BETWEEN = "Something between footyd and the server answers for it: see whether the network has a login page."
_SERVER = "See the server's log; if it knows of nothing, a proxy or a network's login page answers instead."
_REMEDIES = {
    "InvalidAccessKeyId": "The server does not know library.s3.access_key: check both keys.",
    "SignatureDoesNotMatch": "library.s3.secret_key is not access_key's, or a proxy rewrites the address.",
    "AuthorizationHeaderMalformed": "Set library.s3.region to the bucket's region.",
    "PermanentRedirect": "Set library.s3.region to the bucket's region.",
    "301": "Set library.s3.region to the bucket's region.",
    "AccessDenied": "The key needs ListBucket, GetObject, PutObject and DeleteObject on this bucket; "
    "or the bucket is somebody else's: choose another library.s3.bucket.",
    "BucketAlreadyExists": "The bucket is somebody else's: choose another library.s3.bucket.",
    "NoSuchBucket": "Restart footyd to make it, or correct library.s3.bucket.",
    "RequestTimeTooSkewed": "Set this machine's clock (timedatectl set-ntp true).",
    "QuotaExceeded": "Free space in the bucket or raise its quota.",
    "XMinioStorageFull": "Free space on the server.",
    "InsufficientStorage": "Free space on the server.",
}
_REMEDIES["403"] = _REMEDIES["AccessDenied"]


class ForeignReplyError(Exception):
    """Something answered, but not as an S3 server does."""


def failures() -> tuple[type[Exception], ...]:
    return (BotoCoreError, ClientError, OSError, ForeignReplyError, _malformed(), _torn())


def _malformed() -> type[Exception]:
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - 0.2 s, comes with aioboto3

    return ResponseParserError  # type: ignore[no-any-return]  # botocore has no types


def _torn() -> type[Exception]:
    """What reading an object raises when the connection breaks off in its middle; boto lets it through."""
    from aiohttp import ClientPayloadError  # noqa: PLC0415 - as above

    return ClientPayloadError


def code_of(exc: ClientError) -> str:
    return str(exc.response["Error"].get("Code", ""))


def is_passing(exc: Exception) -> bool:
    if isinstance(exc, ClientError):
        return code_of(exc) in _PASSING or exc.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    if isinstance(exc, SSLError):
        return False
    return isinstance(
        exc, (NoConnectionError, HTTPClientError, TimeoutError, ForeignReplyError, _malformed(), _torn())
    )


def remedy_of(exc: Exception) -> str:
    if isinstance(exc, ClientError):
        return _REMEDIES.get(code_of(exc), _SERVER)
    if isinstance(exc, NoCredentialsError):
        return KEYS_REMEDY
    if isinstance(exc, TimeoutError):
        return "Check the network, or raise library.s3.timeout_seconds."
    if isinstance(exc, (ForeignReplyError, _malformed())):
        return _BETWEEN
    if isinstance(exc, OSError):
        return "It is the clip's own file that cannot be read: check the disk under state.dir."
    return ADDRESS_REMEDY


def reason_of(exc: Exception, *, timeout_seconds: float) -> str:
    """What happened, in the server's words where it has some, never with an address or a key."""
    if isinstance(exc, TimeoutError):
        return f"no answer within {timeout_seconds:g} s"
    if isinstance(exc, ClientError):
        return f"{code_of(exc)} ({exc.response['Error'].get('Message', 'no message')})"
    if isinstance(exc, _malformed()):
        return "the answer is not S3's"
    if isinstance(exc, _torn()):
        return "the answer broke off"
    error = exc.kwargs.get("error") if isinstance(exc, BotoCoreError) else None
    return str(error or exc) or type(exc).__name__
