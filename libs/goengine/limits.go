package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"syscall"
	"time"
)

// limits are what one request may take.
type limits struct {
	CPU    time.Duration
	Memory int64
	Output int
	Depth  int
}

var defaults = limits{CPU: 4 * time.Second, Memory: 256 << 20, Output: 8 << 20, Depth: 500}

const (
	maxTemplate = 1 << 20   // bytes of one template
	maxElements = 1_000_000 // elements or bytes that one function call may make
	look        = 20 * time.Millisecond
	maxStack    = 128 << 20 // fmt follows a cycle until the stack ends
)

// impose sets the bounds that the runtime and the kernel keep: the collector works harder near
// Memory, the guard ends a request beyond it, and the kernel refuses what comes too quickly for it.
// No file and no socket can be opened any more, whatever function should have been overlooked.
func (l limits) impose() error {
	debug.SetMemoryLimit(l.Memory)
	debug.SetMaxStack(maxStack)
	runtime.GOMAXPROCS(min(2, runtime.NumCPU())) // one works, one collects
	time.AfterFunc(0, func() {})                 // the runtime opens its own files with the first timer
	data := uint64(l.Memory)*2 + 256<<20
	for resource, most := range map[int]uint64{
		syscall.RLIMIT_DATA:   data,
		syscall.RLIMIT_CORE:   0,
		syscall.RLIMIT_FSIZE:  0,
		syscall.RLIMIT_NOFILE: 0,
	} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limit %d: %w", resource, err)
		}
	}
	return nil
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // cannot happen for RUSAGE_SELF; the client's own deadline remains
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// guard ends a request that takes too much. Go cannot stop a goroutine from outside, so the guard
// answers in its place and ends the process; the client starts another.
type guard struct {
	limits  limits
	out     io.Writer
	mutex   sync.Mutex
	timer   *time.Timer
	busy    bool
	started time.Duration
	looked  bool
}

func newGuard(l limits, out io.Writer) *guard {
	g := &guard{limits: l, out: out}
	g.timer = time.AfterFunc(time.Hour, g.check)
	g.timer.Stop()
	return g
}

func (g *guard) begin() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.busy, g.looked = true, false
	g.timer.Reset(look)
}

func (g *guard) end(reply *answer) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.busy = false
	g.timer.Stop()
	return send(g.out, reply)
}

// check runs every few milliseconds while a request is under way. The CPU time is counted from its
// first look on: a usual request ends before it and pays no system call.
func (g *guard) check() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if !g.busy {
		return
	}
	if !g.looked {
		g.looked, g.started = true, cpuTime()
	}
	if cpuTime()-g.started > g.limits.CPU {
		g.stop("cpu", fmt.Sprintf("it takes more than %v of CPU time", g.limits.CPU))
	}
	if used := heap(); used > uint64(g.limits.Memory) {
		g.stop("memory", fmt.Sprintf("it takes more than %d MiB of memory", g.limits.Memory>>20))
	}
	g.timer.Reset(look)
}

func (g *guard) stop(limit, message string) {
	reply := answer{Error: &failure{Message: message, Limit: limit}, Ended: true}
	if err := send(g.out, &reply); err != nil {
		fmt.Fprintln(os.Stderr, "goengine:", err)
	}
	os.Exit(3)
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() + sample[1].Value.Uint64()
}

func send(out io.Writer, reply *answer) error {
	var body bytes.Buffer
	body.Write(make([]byte, 4))
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(reply); err != nil {
		return err
	}
	frame := body.Bytes()
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	_, err := out.Write(frame)
	return err
}

// limited is a writer that refuses what goes beyond a number of bytes.
type limited struct {
	bytes.Buffer
	left *int
}

func (w *limited) Write(p []byte) (int, error) {
	if *w.left -= len(p); *w.left < 0 {
		return 0, &failure{Message: "the rendered texts are too long", Limit: "output"}
	}
	return w.Buffer.Write(p)
}
