#!/usr/bin/env python3
"""Writes the golden vectors of docs/formats.md: canonical, entry_hash, tree, meta, token, checkpoint.

    test/vectors/generate.py            write the files beside this one
    test/vectors/generate.py --check    say whether they are what would be written

It is a third implementation, in Python's standard library and the openssl command (for Ed25519), written from the page
and from nothing else; SQL, C and daemons are compared with its output.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile

TENANT = '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11'
STREAM = '018f0d3c-7a11-7000-8000-00000000a001'
HERE = os.path.dirname(os.path.abspath(__file__))


def sha256(data):
    return hashlib.sha256(data).digest()


def uuid_bytes(text):
    return bytes.fromhex(text.replace('-', ''))


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def number_text(value):
    """ECMAScript's Number::toString from Python's digits, which are the shortest, too."""
    if value == 0:
        return '0'
    sign = '-' if value < 0 else ''
    mantissa, exponent = ('%r' % abs(value)).partition('e')[::2]
    whole, fraction = mantissa.partition('.')[::2]
    digits = (whole + fraction).lstrip('0')
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip('0')
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, '0')
    if 0 < point <= 21:
        return sign + digits[:point] + '.' + digits[point:]
    if -6 < point <= 0:
        return sign + '0.' + '0' * -point + digits
    rest = '.' + digits[1:] if len(digits) > 1 else ''
    return '%s%s%se%+d' % (sign, digits[0], rest, point - 1)


def canonical(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode('utf-16-be'))
        return '{' + ','.join(string_text(n) + ':' + canonical(value[n]) for n in names) + '}'
    if isinstance(value, list):
        return '[' + ','.join(canonical(v) for v in value) + ']'
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(float(value))
    return json.dumps(value)


def string_text(value):
    return json.dumps(value, ensure_ascii=False)


GOOD_TEXTS = [
    ('scalars', ' [ null , true,false , "" , 0 ] '),
    ('empty', '{"a":{},"b":[]}'),
    ('order is by UTF-16 unit', '{"\\ufb33":1,"\\ud83d\\ude02":2,"\\u20ac":3,"\\u0080":4,"\\r":5,"1":6,"":7}'),
    ('order of prefixes', '{"aa":1,"a":2,"b":3,"A":4,"\\uffff":5,"\\ud800\\udc00":6}'),
    ('escapes', '"\\u0008\\t\\n\\u000c\\r\\u000b\\u001f\\"\\\\\\/\\u007f\\u2028\\u00e9"'),
    ('no normalisation', '["A\\u030a","\\u00c5"]'),
    ('numbers', '[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0,-0.0,1e21,1e20,1e-6,1e-7,123456789012345680000]'),
    ('halfway cases', '[1e23,9.5367431640625e-7,295147905179352830000,9007199254740993,1424953923781206.25,5e-324,2.4703282292062328e-324]'),
    ('rounds to zero', '[2.4703282292062327e-324,1e-400,-1e-99999999999]'),
    ('largest double', '[1.7976931348623157e308,1.7976931348623158079e308,-1.7976931348623157e308]'),
    ('structures', '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}'),
    ('deepest', '[' * 512 + ']' * 512),
]
BAD_TEXTS = [
    ('nothing', '', 'UP001'), ('two values', '1 2', 'UP001'), ('comma at the end', '[1,]', 'UP001'),
    ('single quotes', "{'a':1}", 'UP001'), ('leading zero', '01', 'UP001'), ('point without digits', '1.', 'UP001'),
    ('plus sign', '+1', 'UP001'), ('NaN', 'NaN', 'UP001'), ('word', 'nulll', 'UP001'), ('raw control character', '"\t"', 'UP001'),
    ('escape', '"\\x41"', 'UP001'), ('short escape', '"\\u00g0"', 'UP001'), ('U+0000', '"\\u0000"', 'UP001'),
    ('lone high surrogate', '"\\ud800"', 'UP001'), ('lone low surrogate', '"\\udc00a"', 'UP001'),
    ('high surrogate twice', '"\\ud800\\ud800"', 'UP001'), ('no-break space', '\u00a01', 'UP001'), ('open object', '{"a":1', 'UP001'),
    ('member without a value', '{"a"}', 'UP001'), ('byte order mark', '\ufeff1', 'UP001'),
    ('duplicate', '{"a":1,"a":1}', 'UP003'), ('duplicate after unescaping', '{"a":1,"b":2,"\\u0061":3}', 'UP003'),
    ('duplicate inside', '[{"x":{"y":1,"z":2,"y":3}}]', 'UP003'),
    ('infinite', '1e309', 'UP004'), ('halfway to infinity', '1.797693134862315808e308', 'UP004'), ('exponent of many digits', '-1e99999999999', 'UP004'),
    ('too deep', '[' * 513 + ']' * 513, 'UP005'),
]
ENTRY_TEXTS = [
    ('largest integers', '[9007199254740991,-9007199254740991,0,-0,0.00,0e-5,1.0,1e2,12.50e1,1200e-2]', None),
    ('too large', '9007199254740992', 'UP004'), ('too large, odd', '-9007199254740993', 'UP004'), ('fraction', '1.5', 'UP004'), ('fraction by exponent', '1210e-2', 'UP004'),
    ('fraction that a double loses', '9007199254740990.99999999999999999999', 'UP004'), ('tiny', '1e-400', 'UP004'),
    ('32 levels', '[' * 32 + ']' * 32, None), ('33 levels', '[' * 33 + ']' * 33, 'UP005'),
]


def canonical_vectors():
    vectors = []
    for name, text in GOOD_TEXTS:
        vectors.append({'name': name, 'profile': 'json', 'input': text, 'canonical': canonical(json.loads(text))})
    for name, text, code in BAD_TEXTS:
        vectors.append({'name': name, 'profile': 'json', 'input': text, 'error': code})
    for name, text, code in ENTRY_TEXTS:
        vectors.append({'name': name, 'profile': 'entry', 'input': text,
                        **({'error': code} if code else {'canonical': canonical(json.loads(text))})})
    return vectors


def entry_hash(salt, tenant, stream, seq, at_us, kind, actor, canon):
    kind, actor = kind.encode(), actor.encode()
    return sha256(b'\x10' + salt + uuid_bytes(tenant) + uuid_bytes(stream) + seq.to_bytes(4, 'big')
                  + at_us.to_bytes(8, 'big', signed=True) + len(kind).to_bytes(2, 'big') + kind
                  + len(actor).to_bytes(2, 'big') + actor + len(canon).to_bytes(8, 'big') + canon)


def entry_vectors():
    rows = [
        ('plain', 1, 1715000000123456, '2024-05-06T12:53:20.123456Z', 'run.started', 'ana', '{"workflow":"purchase-orders"}'),
        ('empty texts', 2, 0, '1970-01-01T00:00:00.000000Z', '', '', '{}'),
        ('before 1970', 3, -1, '1969-12-31T23:59:59.999999Z', 'app.note', 'Zoë', '{"note":"€"}'),
        ('largest seq', 2147483647, 253402300799999999, '9999-12-31T23:59:59.999999Z', 'k' * 300, 'a' * 300, '[]'),
    ]
    out = []
    for at, (name, seq, at_us, at_text, kind, actor, canon) in enumerate(rows):
        salt = sha256(b'salt %d' % at)[:16]
        out.append({'name': name, 'salt': salt.hex(), 'tenant': TENANT, 'stream': STREAM, 'seq': seq, 'at_us': at_us,
                    'at': at_text, 'kind': kind, 'actor': actor, 'canon': canon,
                    'entry_hash': entry_hash(salt, TENANT, STREAM, seq, at_us, kind, actor, canon.encode()).hex()})
    return out


def node(left, right):
    return sha256(b'\x01' + left + right)


def split(size):
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves):
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b'')
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def path_of(index, leaves):
    """RFC 6962 section 2.1.1."""
    if len(leaves) <= 1:
        return []
    k = split(len(leaves))
    if index < k:
        return path_of(index, leaves[:k]) + [root_of(leaves[k:])]
    return path_of(index - k, leaves[k:]) + [root_of(leaves[:k])]


def frontier_of(leaves):
    out, at = b'', 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> bit & 1:
            out += root_of(leaves[at:at + (1 << bit)])
            at += 1 << bit
    return out


def tree_vectors():
    epoch, leaves, states = 7, [], []
    entries = [sha256(b'entry %d' % i) for i in range(20)]
    previous = bytes(32)
    states.append({'size': 0, 'frontier': '', 'root': root_of([]).hex()})
    for index, entry in enumerate(entries):
        data = (b'EVL1' + uuid_bytes(TENANT) + epoch.to_bytes(4, 'big') + index.to_bytes(8, 'big') + previous + entry)
        previous = sha256(b'\x00' + data)
        leaves.append(previous)
        states.append({'size': index + 1, 'frontier': frontier_of(leaves).hex(), 'root': root_of(leaves).hex(),
                       'leaf_data': data.hex(), 'leaf_hash': previous.hex()})
    proofs = [{'size': size, 'index': index, 'proof': [h.hex() for h in path_of(index, leaves[:size])]}
              for size in (1, 2, 3, 7, 8, 13, 20) for index in range(size)]
    return {'tenant': TENANT, 'epoch': epoch, 'entry_hashes': [e.hex() for e in entries], 'states': states, 'proofs': proofs}


def meta_vectors():
    salt, out, leaves = sha256(b'tenant salt')[:16], [], []
    tenant_hash = sha256(b'portarium tenant' + salt + uuid_bytes(TENANT))
    for round_ in range(1, 6):
        root = sha256(b'root %d' % round_)
        data = (b'EVM1' + tenant_hash + (1).to_bytes(4, 'big') + (round_ * 10).to_bytes(8, 'big') + root
                + round_.to_bytes(8, 'big'))
        leaves.append(sha256(b'\x00' + data))
        out.append({'epoch': 1, 'size': round_ * 10, 'root': root.hex(), 'round': round_, 'meta_data': data.hex(),
                    'meta_leaf': leaves[-1].hex(), 'meta_root': root_of(leaves).hex(), 'frontier': frontier_of(leaves).hex()})
    return {'tenant': TENANT, 'tenant_salt': salt.hex(), 'tenant_hash': tenant_hash.hex(), 'leaves': out}


def token_vectors():
    key = bytes(range(32))
    rows = [
        ('plain', 'orders', 'portarium_sidecar', 'ana', ['approver', 'operator'], '', 4102444800, 1),
        ('no roles', 'orders', 'app', 'bot', [], '', 4102444800, 2147483647),
        ('beyond ASCII', 'datenbank_ö', 'Rôle.1', 'Zoë Ünal <z@example.org>', ['prüfer'], 'read:runs', 1, 1),
    ]
    out = []
    for name, database, login, actor, roles, scope, exp, epoch in rows:
        texts = [b64url(text.encode()) for text in (database, login, actor, ','.join(roles), scope)]
        nonce = sha256(name.encode())[:8].hex()
        message = '.'.join(['v1', 'k1', TENANT.replace('-', ''), *texts, str(exp), str(epoch), nonce])
        mac = hmac.new(key, message.encode(), hashlib.sha256).digest()
        out.append({'name': name, 'kid': 'k1', 'tenant': TENANT, 'database': database, 'login': login, 'actor': actor,
                    'roles': roles, 'scope': scope, 'exp': exp, 'epoch': epoch, 'nonce': nonce, 'message': message,
                    'mac': mac.hex(), 'token': message + '.' + b64url(mac)})
    block = key + bytes(32)
    return {'key': key.hex(), 'inner_block': bytes(b ^ 0x36 for b in block).hex(),
            'outer_block': bytes(b ^ 0x5c for b in block).hex(), 'tokens': out}


def ed25519(seed, message):
    """Public key and signature; the private key goes to openssl as PKCS #8, which for Ed25519 is a prefix and the seed."""
    with tempfile.TemporaryDirectory() as folder:
        key, text = os.path.join(folder, 'key'), os.path.join(folder, 'text')
        with open(key, 'wb') as file:
            file.write(bytes.fromhex('302e020100300506032b657004220420') + seed)
        with open(text, 'wb') as file:
            file.write(message)
        public = subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-in', key, '-pubout', '-outform', 'DER'],
                                check=True, capture_output=True).stdout[-32:]
        signature = subprocess.run(['openssl', 'pkeyutl', '-sign', '-rawin', '-keyform', 'DER', '-inkey', key, '-in', text],
                                   check=True, capture_output=True).stdout
    return public, signature


def checkpoint_vectors():
    seed, name = sha256(b'checkpoint key'), 'portarium.local/7000000000000000001/orders'
    root = root_of([sha256(b'leaf %d' % i) for i in range(5)])
    text = '%s\n%d\n%s\n' % (name, 5, base64.b64encode(root).decode())
    public, signature = ed25519(seed, text.encode())
    key_id = sha256(name.encode() + b'\n\x01' + public)[:4]
    line = '\u2014 %s %s\n' % (name, base64.b64encode(key_id + signature).decode())
    vkey = '%s+%s+%s' % (name, key_id.hex(), base64.b64encode(b'\x01' + public).decode())
    return {'seed': seed.hex(), 'public_key': public.hex(), 'key_name': name, 'key_id': key_id.hex(), 'vkey': vkey, 'size': 5,
            'root': root.hex(), 'text': text, 'signature': signature.hex(), 'note': text + '\n' + line}


def main():
    sys.setrecursionlimit(4096)  # a document of 512 levels
    files = {'canonical': canonical_vectors(), 'entry_hash': entry_vectors(), 'tree': tree_vectors(), 'meta': meta_vectors(),
             'token': token_vectors(), 'checkpoint': checkpoint_vectors()}
    changed = 0
    for name, vectors in files.items():
        path = os.path.join(HERE, name + '.json')
        text = json.dumps(vectors, indent=1) + '\n'
        if '--check' in sys.argv[1:]:
            with open(path, encoding='ascii') as file:
                if file.read() != text:
                    print('%s differs' % path)
                    changed += 1
        else:
            with open(path, 'w', encoding='ascii') as file:
                file.write(text)
    return 1 if changed else 0


if __name__ == '__main__':
    sys.exit(main())
