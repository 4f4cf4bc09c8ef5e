"""A mail server by aiosmtpd, and what Python's own parser of RFC 5322 says of what it got.

    mailserver.py serve PORT FOLDER          one file an address; each first attempt is put off
    mailserver.py check FOLDER ADDRESS …     what came for an address is proper, and came once
"""

import asyncio
import email
import email.policy
import email.utils
import json
import pathlib
import re
import sys

from aiosmtpd.controller import Controller

LIMIT = 1 << 20


class Catcher:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.greeted = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address not in self.greeted:
            self.greeted.add(address)
            return "451 4.7.1 greylisted, try again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            record = {"from": envelope.mail_from, "text": envelope.content.decode("ascii")}
            parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
            body = parsed.get_body(("plain",))
            record["body"] = body.get_content() if body else ""
            with open(self.folder / address, "a") as file:
                file.write(json.dumps(record) + "\n")
        return "250 2.0.0 taken"


def serve(port, folder):
    controller = Controller(
        Catcher(folder), hostname="127.0.0.1", port=int(port), data_size_limit=LIMIT
    )
    controller.start()
    asyncio.new_event_loop().run_forever()


def fail(reason):
    sys.exit(f"mail: {reason}")


def check(folder, address, *_):
    records = [json.loads(line) for line in open(pathlib.Path(folder) / address)]
    identifiers, subjects = [], []
    for record in records:
        # The strict policy raises for what is not as the RFC has it.
        policy = email.policy.SMTP.clone(raise_on_defect=True)
        message = email.message_from_string(record["text"], policy=policy)
        for name in ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version"]:
            if len(message.get_all(name, [])) != 1:
                fail(f"{name} is not there once")
        if email.utils.parseaddr(message["To"])[1] != address:
            fail(f"it is for {message['To']}")
        if email.utils.parseaddr(message["From"])[1] != record["from"]:
            fail("the envelope has another sender")
        if email.utils.parsedate_to_datetime(message["Date"]).tzinfo is None:
            fail("the date has no zone")
        if max(map(len, record["text"].splitlines())) > 998:
            fail("a line is too long")
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        if plain is None or html is None:
            fail("it has no text, or no HTML")
        text = html.get_content()
        if "<script" in text.lower() or not text.strip() or not plain.get_content().strip():
            fail("a part is empty, or has a script")
        identifiers.append(message["Message-ID"])
        subjects.append(str(message["Subject"]))
    if len(set(identifiers)) != len(identifiers):
        fail(f"a message came twice: {subjects}")
    if not any(re.search(r"\b\d{6}\b", record["body"]) for record in records):
        fail("no code came")
    print(f"mail: {len(records)} messages by aiosmtpd, each once: {', '.join(subjects[:4])} …")


{"serve": serve, "check": check}[sys.argv[1]](*sys.argv[2:])
