// Command coredns is CoreDNS with the plugins that cluster DNS needs and no others.
//
// The stock program links the clients of three clouds for plugins nobody asks for here: half the
// size, and most of the build. plumbline.testcluster.node builds it and runs it as a Deployment.
package main

import (
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/ready"
)

func main() {
	coremain.Run()
}
