// The programs of a real node's own images: the pause container and a tool for test pods.
// Standard library only. Built by plumbline.testcluster.node.
module plumbline/controlplane/podtool

go 1.26.0
