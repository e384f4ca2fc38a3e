"""Clients of an S3 server, as the config names it."""

from __future__ import annotations

from typing import Any

from pydantic import HttpUrl, SecretStr

from footyd.adapters.s3_failures import KEYS_REMEDY
from footyd.config import S3Config
from footyd.errors import LibraryError


def session_of(config: S3Config) -> Any:
    if (config.access_key is None) != (config.secret_key is None):
        raise LibraryError("the S3 library has one key of two", remedy=KEYS_REMEDY)
    import aioboto3  # noqa: PLC0415 - 0.7 s and 40 MB that a folder library does without

    return aioboto3.Session(
        aws_access_key_id=_revealed(config.access_key),
        aws_secret_access_key=_revealed(config.secret_key),
        region_name=config.region,
    )


def client_of(session: Any, config: S3Config, endpoint: HttpUrl | None) -> Any:
    address = None if endpoint is None else str(endpoint).rstrip("/")
    return session.client("s3", endpoint_url=address, config=_client_config(config))


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _client_config(config: S3Config) -> Any:
    from botocore.config import Config  # noqa: PLC0415 - comes with aioboto3, see there

    return Config(
        signature_version="s3v4",
        connect_timeout=min(10, config.timeout_seconds),
        read_timeout=config.timeout_seconds,
        retries={"total_max_attempts": 1},  # stamina's are the only ones
        request_checksum_calculation="when_required",  # older MinIO-likes refuse the newer checksums
        response_checksum_validation="when_required",
        s3={
            "addressing_style": "path" if config.endpoint_url or "." in config.bucket else "virtual",
            "payload_signing_enabled": False,  # hashing a clip would block the loop; Content-MD5 guards it
        },
    )
