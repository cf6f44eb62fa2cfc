"""What a stranger has: the .proto sources, compiled here and now into a folder of the test's."""

import pathlib
import shutil
import subprocess
import sys

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
ROOT = "stranger"
_GOOGLE = pathlib.Path(grpc_tools.__file__).parent / "_proto"


def compile_client(folder):
    """Compile the sources below another package root; return the folder of that root.

    The root is another one so that the classes are these and no others: ``plumbline.pb`` stays
    out of it even where Plumbline is installed.
    """
    sources, made = folder / "sources", folder / "generated"
    made.mkdir(parents=True)
    shutil.copytree(PROTO / "plumbline/pb", sources / ROOT)
    files = sorted(sources.rglob("*.proto"))
    for file in files:
        text = file.read_text()
        file.write_text(text.replace('import "plumbline/pb/', f'import "{ROOT}/'))
    subprocess.run(
        [
            sys.executable, "-m", "grpc_tools.protoc", f"-I{sources}", f"-I{_GOOGLE}",
            f"--python_out={made}", f"--grpc_python_out={made}", "--include_imports",
            f"--descriptor_set_out={folder / 'descriptors'}", *map(str, files),
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return made


class Messages:
    """The methods of the sources by full name, with message classes of a pool of their own."""

    def __init__(self, folder):
        files = descriptor_pb2.FileDescriptorSet.FromString((folder / "descriptors").read_bytes())
        pool = descriptor_pool.DescriptorPool()
        self._methods = {}
        for file in files.file:
            pool.Add(file)
        for file in files.file:
            found = pool.FindFileByName(file.name)
            for service in found.services_by_name.values():
                for method in service.methods:
                    self._methods[f"{service.full_name}/{method.name}"] = method

    def of(self, name):
        """Return the classes of a method's request and answer."""
        method = self._methods[name]
        return tuple(map(message_factory.GetMessageClass, (method.input_type, method.output_type)))
