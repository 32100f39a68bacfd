"""What S3 and the Hugging Face hub answer, over tables of files: as much of it as reading asks for."""

import json
from urllib.parse import parse_qs, urlsplit

from tests.remote.serving import Resource

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def bucket(files):
    """What S3 says of addresses that are no objects: lists of those that begin in some way."""

    def answer(address):
        parts = urlsplit(address)
        query = parse_qs(parts.query)
        return Resource(listing(files, parts.path.strip("/"), query)) if "list-type" in query else None

    return answer


def listing(files, name, query):
    """The answer to ListObjectsV2."""
    prefix, delimiter = (query.get(each, [""])[0] for each in ("prefix", "delimiter"))
    keys = [path.removeprefix(f"/{name}/") for path in files if path.startswith(f"/{name}/{prefix}")]
    deeper = {key[: key.index("/", len(prefix)) + 1] for key in keys if delimiter and "/" in key[len(prefix) :]}
    held = "".join(
        f"<Contents><Key>{key}</Key><Size>{files[f'/{name}/{key}'].size}</Size>"
        f"<ETag>{files[f'/{name}/{key}'].tag}</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
        for key in keys
        if not any(key.startswith(each) for each in deeper)
    )
    held += "".join(f"<CommonPrefixes><Prefix>{each}</Prefix></CommonPrefixes>" for each in sorted(deeper))
    head = f"<Name>{name}</Name><Prefix>{prefix}</Prefix><IsTruncated>false</IsTruncated>"
    return f'<?xml version="1.0"?><ListBucketResult>{head}{held}</ListBucketResult>'.encode()


def repository(name, files, revision="main"):
    """The files of a repository of the hub, and what it says of itself."""
    told = {"id": name, "sha": COMMIT, "siblings": [{"rfilename": each} for each in files]}
    about = Resource(json.dumps(told).encode(), ranges=False)
    table = {f"/{name}/resolve/{COMMIT}/{each}": found for each, found in files.items()}
    return {f"/api/models/{name}": about, f"/api/models/{name}/revision/{revision}": about, **table}
