"""Run in the repo-server's container: have its own sandbox run the hostile program."""

import asyncio
import os
import pathlib
import sys
import tempfile

from plumbline.repo_server.sandbox.client import Command, Sandbox


async def main():
    base = pathlib.Path(tempfile.mkdtemp(dir="/var/lib/plumbline"))
    tree, scratch, other = base / "tree", base / "scratch", base / "other"
    for folder in (tree, scratch, other):
        folder.mkdir()
    (tree / "own").write_text("mine")
    (other / "theirs").write_text(sys.argv[2])
    (tree / "hostile.py").write_text(sys.argv[1])
    os.chmod(tree / "own", 0o444)
    sandbox = Sandbox("auto")
    await sandbox.start()
    python = pathlib.Path(os.path.realpath(sys.executable))
    places = ("/usr/lib", "/usr/local/lib", "/opt/plumbline")
    library = [pathlib.Path(place) for place in places if os.path.isdir(place)]
    result = await sandbox.run(
        Command(
            argv=[str(python), "-I", "hostile.py", str(tree), str(scratch), str(other / "theirs")],
            cwd=tree,
            env={"ONLY": "this"},
            read=[tree, *library],
            execute=[python, *library],
            write=[scratch],
            timeout=60,
        )
    )
    await sandbox.close()
    sys.stdout.write(result.output.decode() or result.error.decode())


asyncio.run(main())
