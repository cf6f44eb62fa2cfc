"""Build Plumbline's container images; called by ``tools/images.py`` and by tests of real nodes.

``build`` ensures the images as tars, ``engine`` gives the Docker engine that builds them, ``base``
the image they start from, ``programs`` the binaries of the repo-server, ``tars`` reads a saved
image, ``registry`` asks a registry for digests. ``assemble`` and ``sbom`` run inside a build, with
the standard library only, and must not import the others.
"""
