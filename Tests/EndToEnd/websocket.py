"""Follows a person live by the websockets package: hears, is cut off, resumes, and in the end has
heard everything once.

    websocket.py GATEWAY TOKEN ROUNDS
"""

import asyncio
import json
import random
import sys
import time
import urllib.request
import uuid

import websockets

gateway, token, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
PATIENCE = 60


def call(method, path, body=None):
    request = urllib.request.Request(
        gateway + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def deposit():
    amount = {"amount_minor": 100, "currency": "USD"}
    call("POST", "/api/v1/wallet/deposits", {"amount": amount})


async def listing():
    items, path = [], "/api/v1/notifications?state=all&limit=100"
    while path:
        page = await asyncio.to_thread(call, "GET", path)
        items += page["items"]
        cursor = page.get("next")
        path = cursor and f"/api/v1/notifications?state=all&limit=100&cursor={cursor}"
    return items


class Listener:
    def __init__(self):
        # From the very beginning.
        self.cursor, self.heard = "0", []

    async def take(self, socket):
        frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
        self.cursor = frame.get("cursor") or self.cursor
        if frame["type"] == "notification":
            self.heard.append(frame["notification"]["id"])
        return frame

    def connect(self, browser):
        url = gateway.replace("http", "ws", 1) + f"/ws?after={self.cursor}"
        if browser:
            return websockets.connect(url, subprotocols=["souk.v1", f"bearer.{token}"])
        headers = {"Authorization": f"Bearer {token}"}
        return websockets.connect(url, additional_headers=headers, subprotocols=["souk.v1"])


async def main():
    listener, delays = Listener(), []
    for number in range(rounds):
        async with listener.connect(browser=number % 2 == 0) as socket:
            assert socket.subprotocol == "souk.v1", socket.subprotocol
            hello = await listener.take(socket)
            assert hello["type"] == "hello", hello
            pong = await socket.ping()
            await asyncio.wait_for(pong, PATIENCE)
            # One that comes live, one that comes while nobody listens.
            before, start = len(listener.heard), time.monotonic()
            await asyncio.to_thread(deposit)
            while len(listener.heard) == before:
                await listener.take(socket)
            delays.append(time.monotonic() - start)
            await socket.send(json.dumps({"type": "read", "notification_id": listener.heard[-1]}))
            while (await listener.take(socket))["type"] != "read":
                pass
            if random.random() < 0.5:
                socket.transport.abort()
        await asyncio.to_thread(deposit)

    # Until the last of them is there.
    settled, items, deadline = [], [], time.monotonic() + PATIENCE
    while len(settled) < 2 * rounds and time.monotonic() < deadline:
        items = await listing()
        settled = [item for item in items if item["type"] == "deposit_settled"]
        await asyncio.sleep(0.1)
    expected = {item["id"] for item in items}
    async with listener.connect(browser=False) as socket:
        while not expected <= set(listener.heard):
            await listener.take(socket)
        await socket.send(json.dumps({"type": "ping"}))
        while (await listener.take(socket))["type"] != "pong":
            pass
    twice = len(listener.heard) - len(set(listener.heard))
    lost = expected - set(listener.heard)
    if twice or lost or len(settled) != 2 * rounds:
        sys.exit(f"websocket: {twice} twice, {len(lost)} lost, {len(settled)} of {2 * rounds}")
    delays.sort()
    print(
        f"websocket: {len(listener.heard)} messages over {rounds + 1} connections of websockets "
        f"{websockets.__version__}, nothing twice, nothing lost; from a deposit's request to its "
        f"message {delays[len(delays) // 2] * 1000:.0f} ms (median)"
    )
    # Who has no token, and who breaks the protocol, hears why.
    for headers in [{}, {"Authorization": "Bearer wrong"}]:
        try:
            async with websockets.connect(
                gateway.replace("http", "ws", 1) + "/ws", additional_headers=headers
            ):
                sys.exit("websocket: let in without a token")
        except websockets.InvalidStatus as refusal:
            assert refusal.response.status_code == 401, refusal.response.status_code
    async with listener.connect(browser=False) as socket:
        await socket.send("no JSON")
        try:
            while True:
                await asyncio.wait_for(socket.recv(), PATIENCE)
        except websockets.ConnectionClosed as end:
            assert end.rcvd and end.rcvd.code in (1002, 1003, 1007, 1008, 4400), end


asyncio.run(main())
