"""Collects harmless technical prose of this machine as JSON Lines for tools/Edge.Train: the reference documentation of .NET, docstrings, licences, READMEs.

Usage: documents.py DOTNET_FOLDER [README ...] > documents.jsonl
"""
import ast
import glob
import hashlib
import html
import json
import os
import re
import sys
import sysconfig

NEAR_TRIGGERS = re.compile(
    "ignor|overrid|disregard|forget|bypass|discard|instruction|developer|unrestrict|password|http|simulat|system|prompt|restrict|reveal", re.I)


SEEN = set()


def emit(text, category, group):
    if text[:200] in SEEN:
        return
    SEEN.add(text[:200])
    print(json.dumps({"text": text, "label": "benign", "category": category, "source": category, "group": group}))


def dotnet(folder):
    for path in sorted(glob.glob(os.path.join(folder, "packs", "*", "*", "ref", "*", "*.xml"))):
        source = open(path, encoding="utf-8", errors="replace").read()
        text, count = "", 0
        for paragraph in re.findall(r"<(?:summary|remarks|param[^>]*|returns)>(.*?)</", source, re.S):
            paragraph = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", paragraph))).strip()
            text += paragraph + "\n" if paragraph else ""
            if len(text) <= 700:
                continue
            count += 1
            # An eighth of what has a word that attacks have: the rest teaches nothing.
            if NEAR_TRIGGERS.search(text) and int(hashlib.md5(text.encode()).hexdigest(), 16) % 8 == 0:
                emit(text, "plain_document", os.path.basename(path) + str(count // 20))
            text = ""


def python_docs():
    folder = sysconfig.get_paths()["stdlib"]
    for path in sorted(glob.glob(folder + "/*.py") + glob.glob(folder + "/*/*.py"))[:900]:
        try:
            tree = ast.parse(open(path, encoding="utf-8").read())
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                text = ast.get_docstring(node)
                if text and len(text) > 400:
                    emit(text[:3000], "plain_python_docs", os.path.basename(path))


def pieces(paths, category, size):
    for path in paths:
        try:
            source = open(path, encoding="utf-8").read()
        except (OSError, UnicodeDecodeError):
            continue
        for at in range(0, min(len(source), 60000), size):
            emit(source[at:at + size], category, os.path.basename(os.path.dirname(path)) + "/" + os.path.basename(path))


dotnet(sys.argv[1])
python_docs()
pieces(sorted(glob.glob("/usr/share/common-licenses/*")), "plain_licences", 2000)
pieces(sorted(sys.argv[2:]), "plain_readmes", 3000)
