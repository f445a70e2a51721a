"""What boto3 raises as errors that say what, where, and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import RetriesExceededError as BotoRetriesExceededError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from s3transfer.exceptions import RetriesExceededError

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.storage import GONE

_EXPIRED = ("the credentials have expired", "Sign in again, then repeat the command.")
_UNKNOWN = ("the credentials are not valid", "Check --profile or AWS_PROFILE.")
_DENIED = (
    "access is denied",
    "Reading needs s3:ListBucket on the bucket and s3:GetObject on the objects,"
    " and kms:Decrypt where a customer key encrypts them.",
)
_REGION = ("the bucket lies in another region", "Give its region as --region.")
_GONE = (GONE, "Repeat the command.")
_BUSY = ("S3 asks for fewer requests", "Wait a while, then repeat the command.")

_BY_CODE: dict[str, tuple[str, str]] = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "InvalidAccessKeyId": _UNKNOWN,
    "InvalidClientTokenId": _UNKNOWN,
    "InvalidToken": _UNKNOWN,
    "SignatureDoesNotMatch": _UNKNOWN,
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "403": _DENIED,
    "NoSuchBucket": ("there is no such bucket", "Check the spelling and the account."),
    "InvalidBucketName": ("that is no name of a bucket", "Write s3://bucket/prefix."),
    "NoSuchKey": _GONE,
    "PreconditionFailed": _GONE,
    "404": _GONE,
    "412": _GONE,
    "PermanentRedirect": _REGION,
    "TemporaryRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "301": _REGION,
    "307": _REGION,
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "Set it, then repeat the command."),
    "InvalidObjectState": (
        "the object is archived",
        "Restore it from Glacier first, or choose days that are not archived.",
    ),
    "SlowDown": _BUSY,
    "ServiceUnavailable": _BUSY,
    "RequestLimitExceeded": _BUSY,
}


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turn what boto3 raises about an address into an error for a person.

    Raises:
        UnreadableLake: with the address and the way out.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, address) from None
    except ProfileNotFound as error:
        raise UnreadableLake(
            f"there is no AWS profile {error.kwargs.get('profile')!r}",
            where=address,
            hint="`aws configure list-profiles` shows those there are.",
        ) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise UnreadableLake(
            "there are no AWS credentials",
            where=address,
            hint="Sign in, or give --profile; the usual places of boto3 were searched.",
        ) from None
    except (SSOError, TokenRetrievalError):
        raise UnreadableLake(
            "the sign-on session has expired",
            where=address,
            hint="Run `aws sso login` for the profile, then repeat the command.",
        ) from None
    except CredentialRetrievalError as error:
        raise UnreadableLake(
            f"the credentials cannot be renewed: {_line(error)}",
            where=address,
            hint="Sign in again, or check the profile's role and command.",
        ) from None
    except (EndpointConnectionError, HTTPClientError) as error:
        raise UnreadableLake(
            f"S3 cannot be reached: {_line(error)}",
            where=address,
            hint="Check the network, the proxy and --region.",
        ) from None
    except (RetriesExceededError, BotoRetriesExceededError) as error:
        cause = getattr(error, "last_exception", None) or error
        raise UnreadableLake(
            f"the connection to S3 broke off again and again: {_line(cause)}",
            where=address,
            hint="Check the network, then repeat the command.",
        ) from None
    except BotoCoreError as error:
        raise UnreadableLake(
            _line(error), where=address, hint="Check the AWS settings: profile, region, network."
        ) from None


def _of_answer(error: ClientError, address: str) -> UnreadableLake:
    details = error.response.get("Error", {})
    code = str(details.get("Code", "unknown"))
    what, hint = _BY_CODE.get(
        code,
        (
            f"S3 answers {code}: {details.get('Message', 'no reason given')}",
            "Repeat the command; if it stays, S3's documentation of errors lists the code.",
        ),
    )
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or details.get("Region")
    if (what, hint) == _REGION and region:
        what, hint = f"the bucket lies in the region {region}", f"Give --region {region}."
    return UnreadableLake(what, where=address, hint=hint)


def _line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
