#!/usr/bin/env python3
"""Writes inputs for C and SQL to agree on, one a line, separated by a tab from what is wanted.

    numbers.py numbers      every power of two, doubles at random, doubles that lie where decimals are short: the JSON
                            text and its canonical form
    numbers.py texts        golden texts, damaged at random: the text in hex and nothing

The same lines in every run.

SPDX-License-Identifier: PostgreSQL
"""
import json
import math
import os
import random
import struct
import sys

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../vectors')
sys.path.insert(0, VECTORS)
import generate  # noqa: E402  (the path is set above)

ALPHABET = '{}[]",:\\u0dD8cC1eE+-.9tfnz \t\u0001é\uffff\U00010000'


def doubles(random_source):
    for exponent in range(-1074, 1024):
        yield 2.0 ** exponent
        yield -(2.0 ** exponent)
    for _ in range(5000):
        yield struct.unpack('>d', struct.pack('>Q', random_source.getrandbits(64)))[0]
    for _ in range(3000):
        yield float(random_source.getrandbits(53) << random_source.randrange(84))
    for _ in range(2000):
        yield float('%de%d' % (random_source.getrandbits(random_source.randrange(1, 57)), random_source.randrange(-330, 300)))


def damaged(random_source, text):
    for _ in range(random_source.randrange(1, 4)):
        at = random_source.randrange(len(text) + 1)
        kind = random_source.randrange(3)
        other = random_source.choice(ALPHABET)
        text = text[:at] + (other if kind else '') + text[at + (kind != 1):]
    return text


def main():
    random_source = random.Random(8785)
    if sys.argv[1] == 'numbers':
        for value in filter(math.isfinite, doubles(random_source)):
            print('%s\t%s' % (random_source.choice(('%r', '%.17e', '%.20g')) % value, generate.number_text(value)))
        return
    with open(os.path.join(VECTORS, 'canonical.json'), encoding='ascii') as file:
        texts = [vector['input'] for vector in json.load(file) if len(vector['input']) < 400]
    for _ in range(4000):
        print('%s\t' % damaged(random_source, random_source.choice(texts)).encode().hex())


if __name__ == '__main__':
    main()
