"""Sending a stored file to the browser: as an attachment, never guessed, never run, named by its hash."""

from flask import Response, request

from portal.documents.models import PrintFile, StoredDocument
from portal.web.pages import download


def send(file: StoredDocument | PrintFile) -> Response:
    """The bytes of a file that the caller fetched in his scope; 304 if the browser has exactly these."""
    response = download(file.content, name=file.file_name, media_type="application/pdf")
    response.set_etag(file.sha256)
    response.make_conditional(request)
    return response
