"""What some firewalls do: takes STARTTLS out of the reply to EHLO, and passes on everything else.
Usage: strip_starttls.py PORT SERVER SERVER_PORT

Connections are brought here by nftables (stories/starttls-stripped.nft). SIGTERM: no new ones; it ends when the last is over."""
import asyncio
import re
import signal
import sys

STARTTLS = re.compile(rb"250[ -]STARTTLS\s*", re.IGNORECASE)


async def replies(reader):
    """Whole replies, of one line or more."""
    lines = []
    while line := await reader.readline():
        lines.append(line)
        if line[3:4] != b"-":
            yield lines
            lines = []
    if lines:
        yield lines


def without_starttls(lines):
    kept = [line for line in lines if not STARTTLS.fullmatch(line)]
    # The last line of a reply has a blank after its code, whichever it is now.
    return b"".join(kept[:-1] + [line[:3] + b" " + line[4:] for line in kept[-1:]])


async def to_client(server, client):
    async for lines in replies(server):
        client.write(without_starttls(lines) if len(lines) > 1 else lines[0])
        await client.drain()
    client.close()


async def to_server(client, server):
    while data := await client.read(4096):
        server.write(data)
        await server.drain()
    server.close()


async def serve(client_reader, client_writer, address):
    try:
        server_reader, server_writer = await asyncio.open_connection(*address)
        await asyncio.gather(to_client(server_reader, client_writer), to_server(client_reader, server_writer))
    except OSError:
        pass  # either side has gone
    finally:
        client_writer.close()


async def main(port, server, server_port):
    running = set()

    async def accepted(reader, writer):
        running.add(asyncio.current_task())
        try:
            await serve(reader, writer, (server, int(server_port)))
        finally:
            running.discard(asyncio.current_task())

    listener = await asyncio.start_server(accepted, port=int(port))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    listener.close()
    if running:
        await asyncio.wait(running)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
