# An independent reader and writer of boards' frames and of SMP lines: Python's own CRC (crc_hqx), base64 and cbor2.
# Takes one JSON request a line on standard input, gives one JSON answer a line.
import base64
import binascii
import json
import sys

import cbor2


def uncobs(data):
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        out += data[at + 1 : at + code]
        at += code
        if code < 255 and at < len(data):
            out.append(0)
    return bytes(out)


def cobs(data):
    out = bytearray()
    for index, group in enumerate(data.split(b"\0")):
        del index
        while len(group) > 253:
            out += b"\xff" + group[:254]
            group = group[254:]
        out += bytes([len(group) + 1]) + group
    return bytes(out)


def read_frame(line):
    data = bytes.fromhex(line)
    assert data[0] == 0 and data[-1] == 0 and 0 not in data[1:-1]
    frame = uncobs(data[1:-1])
    assert binascii.crc_hqx(frame[:-2], 0) == int.from_bytes(frame[-2:], "big")
    return {
        "version": frame[0],
        "flags": frame[1],
        "board": frame[2],
        "boot": int.from_bytes(frame[3:5], "big"),
        "seq": int.from_bytes(frame[5:7], "big"),
        "payload": frame[7:-2].hex(),
    }


def write_frame(board, boot, seq, records):
    frame = bytes([1, 0, board]) + boot.to_bytes(2, "big") + seq.to_bytes(2, "big")
    frame += cbor2.dumps([{int(key): value for key, value in record.items()} for record in records])
    frame += binascii.crc_hqx(frame, 0).to_bytes(2, "big")
    return (b"\0" + cobs(frame) + b"\0").hex()


def read_smp(text):
    raw = b""
    for number, line in enumerate(bytes.fromhex(text).split(b"\n")[:-1]):
        assert len(line) + 1 <= 127
        assert line[:2] == (b"\x06\x09" if number == 0 else b"\x04\x14")
        raw += base64.b64decode(line[2:], validate=True)
    assert int.from_bytes(raw[:2], "big") == len(raw) - 2
    packet, crc = raw[2:-2], raw[-2:]
    assert binascii.crc_hqx(packet, 0) == int.from_bytes(crc, "big")
    assert int.from_bytes(packet[2:4], "big") == len(packet) - 8
    body = cbor2.loads(packet[8:])
    return {
        "op": packet[0],
        "group": int.from_bytes(packet[4:6], "big"),
        "seq": packet[6],
        "command": packet[7],
        "body": {key: value.hex() if isinstance(value, bytes) else value for key, value in body.items()},
    }


def write_smp(op, group, seq, command, body):
    data = cbor2.dumps(body)
    packet = bytes([op, 0]) + len(data).to_bytes(2, "big") + group.to_bytes(2, "big") + bytes([seq, command]) + data
    raw = (len(packet) + 2).to_bytes(2, "big") + packet + binascii.crc_hqx(packet, 0).to_bytes(2, "big")
    lines = [raw[at : at + 93] for at in range(0, len(raw), 93)]
    marks = [b"\x06\x09"] + [b"\x04\x14"] * (len(lines) - 1)
    return b"".join(mark + base64.b64encode(line) + b"\n" for mark, line in zip(marks, lines)).hex()


actions = {"read_frame": read_frame, "write_frame": write_frame, "read_smp": read_smp, "write_smp": write_smp}

for request in sys.stdin:
    name, arguments = json.loads(request)
    print(json.dumps(actions[name](*arguments)))
