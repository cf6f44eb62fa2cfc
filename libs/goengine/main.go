// Command goengine answers for Go's own libraries: text/template with sprig, Masterminds/semver and
// gobwas/glob, which users' files depend on to the letter.
//
// It reads requests from standard input and writes answers to standard output, one at a time: four
// bytes of length (big endian), then JSON. It opens no file, no socket and reads no variable; what
// it may take of memory and time it limits itself (limits.go). plumbline.scripts.goengine starts it
// and ends it; nothing else does.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
	_ "time/tzdata" // dates in a named zone must not depend on the image's files
)

const maxRequest = 16 << 20

// request is one question; which fields count depends on Op.
type request struct {
	Op string `json:"op"`

	// template
	Name       string          `json:"name"`
	Texts      []string        `json:"texts"` // glob: the texts to match
	Data       json.RawMessage `json:"data"`
	MissingKey string          `json:"missingkey"`
	Left       string          `json:"left"`
	Right      string          `json:"right"`
	Functions  string          `json:"functions"`
	Integers   bool            `json:"integers"`
	StringMaps [][]string      `json:"string_maps"`
	Known      known           `json:"known"`

	// semver
	Constraint string   `json:"constraint"`
	Versions   []string `json:"versions"`

	// glob
	Pattern    string `json:"pattern"`
	Separators string `json:"separators"`
}

// answer is what comes back: Error, or what was asked for.
type answer struct {
	Results []result `json:"results,omitempty"`
	Matches []*bool  `json:"matches,omitempty"`
	Newest  *string  `json:"newest,omitempty"`
	Error   *failure `json:"error,omitempty"`
	Ended   bool     `json:"ended,omitempty"` // the engine ends after this answer
	About   *about   `json:"about,omitempty"`
}

// result is one rendered text, or why there is none.
type result struct {
	Text  string   `json:"text"`
	Error *failure `json:"error,omitempty"`
	Needs *need    `json:"needs,omitempty"`
}

// failure is an error with its position in the template (0: unknown).
type failure struct {
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Limit   string `json:"limit,omitempty"` // which bound was met: cpu, memory, output, depth, input
}

func (f *failure) Error() string { return f.Message }

// about tells what the engine is made of; a client and a test read it.
type about struct {
	Functions map[string][]string `json:"functions"`
	Removed   []string            `json:"removed"`
	Modules   map[string]string   `json:"modules"`
	Go        string              `json:"go"`
}

func main() {
	limits := defaults
	flag.DurationVar(&limits.CPU, "cpu", limits.CPU, "CPU time of one request")
	flag.Int64Var(&limits.Memory, "memory", limits.Memory, "bytes of memory")
	flag.IntVar(&limits.Output, "output", limits.Output, "bytes of one request's rendered texts")
	flag.IntVar(&limits.Depth, "depth", limits.Depth, "templates that call one another")
	flag.Parse()
	if err := limits.impose(); err != nil {
		fmt.Fprintln(os.Stderr, "goengine:", err)
		os.Exit(1)
	}
	time.Local = time.UTC
	if err := serve(os.Stdin, os.Stdout, newEngine(limits)); err != nil {
		fmt.Fprintln(os.Stderr, "goengine:", err)
		os.Exit(1)
	}
}

// serve answers until the input ends.
func serve(in io.Reader, out io.Writer, e *engine) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	guard := newGuard(e.limits, out)
	for {
		body, err := receive(reader)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		guard.begin()
		reply := e.handle(body)
		if err := guard.end(reply); err != nil {
			return err
		}
	}
}

func receive(in io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxRequest {
		return nil, fmt.Errorf("a request of %d bytes, at most %d", size, maxRequest)
	}
	body := make([]byte, size)
	_, err := io.ReadFull(in, body)
	return body, err
}
