package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

const (
	maxKept      = 1_000   // parsed templates
	maxKeptBytes = 4 << 20 // of their texts
)

// engine holds what outlives a request: functions and parsed templates. Requests come one by one.
type engine struct {
	limits    limits
	functions map[string]template.FuncMap
	kept      map[string]*template.Template
	keptBytes int
	depth     int // templates that are being executed within one another
	left      int // bytes that the texts of this request may still take
}

func newEngine(l limits) *engine {
	return &engine{limits: l, functions: functionSets(), kept: map[string]*template.Template{}}
}

// handle answers one request. Whatever a library does, the answer is a value.
func (e *engine) handle(body []byte) (reply *answer) {
	defer func() {
		if cause := recover(); cause != nil {
			reply = &answer{Error: &failure{Message: fmt.Sprint(cause)}}
		}
	}()
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return &answer{Error: &failure{Message: "no request: " + err.Error()}}
	}
	switch r.Op {
	case "template":
		return e.render(&r)
	case "semver":
		return matchVersions(r.Constraint, r.Versions)
	case "glob":
		return matchGlob(r.Pattern, r.Separators, r.Texts)
	case "about":
		return &answer{About: tell(e.functions)}
	}
	return &answer{Error: &failure{Message: fmt.Sprintf("unknown request %q", r.Op)}}
}

// render renders all texts with the same data, in their order.
func (e *engine) render(r *request) *answer {
	data, err := decode(r)
	if err != nil {
		return &answer{Error: &failure{Message: err.Error()}}
	}
	if r.Functions == "notifications" {
		data = withNotificationFunctions(data, r.Known)
	}
	e.left = e.limits.Output
	reply := answer{Results: make([]result, len(r.Texts))}
	for i, text := range r.Texts {
		reply.Results[i] = e.renderOne(r, text, data)
	}
	return &reply
}

func (e *engine) renderOne(r *request, text string, data any) (found result) {
	defer func() {
		if cause := recover(); cause != nil {
			found = result{Error: &failure{Message: fmt.Sprint(cause)}}
		}
	}()
	parsed, err := e.parsed(r, text)
	if err != nil {
		return result{Error: placed(err, r.Name)}
	}
	out := limited{left: &e.left}
	e.depth = 0
	if err := parsed.Execute(&out, data); err != nil {
		var wanted *need
		if errors.As(err, &wanted) {
			return result{Needs: wanted}
		}
		return result{Error: placed(err, r.Name)}
	}
	return result{Text: out.String()}
}

// parsed returns the template of a text, from the kept ones if it is there.
func (e *engine) parsed(r *request, text string) (*template.Template, error) {
	if len(text) > maxTemplate {
		return nil, &failure{Message: fmt.Sprintf("a template of %d bytes, at most %d", len(text), maxTemplate), Limit: "input"}
	}
	key := strings.Join([]string{r.Functions, r.MissingKey, r.Left, r.Right, r.Name, text}, "\x00")
	if found, ok := e.kept[key]; ok {
		return found, nil
	}
	functions, ok := e.functions[r.Functions]
	if !ok {
		return nil, fmt.Errorf("unknown set of functions %q", r.Functions)
	}
	made := template.New(r.Name).Funcs(functions).Delims(r.Left, r.Right)
	if r.MissingKey != "" {
		switch r.MissingKey {
		case "default", "invalid", "zero", "error":
		default: // Option would panic
			return nil, fmt.Errorf("unrecognized option: missingkey=%s", r.MissingKey)
		}
		made = made.Option("missingkey=" + r.MissingKey)
	}
	made, err := made.Parse(text)
	if err != nil {
		return nil, err
	}
	e.bound(made)
	if len(e.kept) >= maxKept || e.keptBytes+len(text) > maxKeptBytes {
		clear(e.kept)
		e.keptBytes = 0
	}
	e.kept[key] = made
	e.keptBytes += len(text)
	return made, nil
}

const (
	enterName = "plumblineEnter"
	leaveName = "plumblineLeave"
)

// bound has every template of a set count how deep it stands. The calls are put into the parsed
// trees, and the functions are made known after the text was parsed: no text can call them.
func (e *engine) bound(set *template.Template) {
	counts := template.FuncMap{
		enterName: func() (string, error) {
			if e.depth++; e.depth > e.limits.Depth {
				return "", &failure{Message: fmt.Sprintf("more than %d templates call one another", e.limits.Depth), Limit: "depth"}
			}
			return "", nil
		},
		leaveName: func() string { e.depth--; return "" },
	}
	helper := template.Must(template.New("").Funcs(counts).Parse("{{" + enterName + "}}{{" + leaveName + "}}"))
	enter, leave := helper.Root.Nodes[0], helper.Root.Nodes[1]
	set.Funcs(counts)
	for _, one := range set.Templates() {
		if one.Tree == nil || one.Tree.Root == nil || !calls(one.Tree.Root) {
			continue
		}
		nodes := append([]parse.Node{enter}, one.Tree.Root.Nodes...)
		one.Tree.Root.Nodes = append(nodes, leave)
	}
}

// calls tells whether a tree calls a template: only such a one can go deeper.
func calls(node parse.Node) bool {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return false
		}
		for _, inner := range n.Nodes {
			if calls(inner) {
				return true
			}
		}
	case *parse.IfNode:
		return calls(n.List) || calls(n.ElseList)
	case *parse.RangeNode:
		return calls(n.List) || calls(n.ElseList)
	case *parse.WithNode:
		return calls(n.List) || calls(n.ElseList)
	case *parse.TemplateNode:
		return true
	}
	return false
}

var position = regexp.MustCompile(`^(\d+)(?::(\d+))?: `)

// placed returns an error with the position that its text names.
func placed(err error, name string) *failure {
	found := &failure{Message: err.Error()}
	var bound *failure
	if errors.As(err, &bound) {
		found.Limit = bound.Limit
		if bound.Limit == "depth" { // the rest of the text would name what no user wrote
			return bound
		}
	}
	rest, ok := strings.CutPrefix(found.Message, "template: "+name+":")
	if !ok {
		return found
	}
	if parts := position.FindStringSubmatch(rest); parts != nil {
		found.Line, _ = strconv.Atoi(parts[1])   // digits only
		found.Column, _ = strconv.Atoi(parts[2]) // digits or empty: then 0, unknown
	}
	return found
}

// decode reads the data as the product being followed does: numbers are floats, as encoding/json
// makes them; with Integers, whole numbers are int64, as in objects read from the Kubernetes API.
func decode(r *request) (any, error) {
	if len(r.Data) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(r.Data))
	if r.Integers {
		decoder.UseNumber()
	}
	var data any
	if err := decoder.Decode(&data); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if r.Integers {
		var err error
		if data, err = withIntegers(data); err != nil {
			return nil, err
		}
	}
	for _, path := range r.StringMaps {
		data = withStringMap(data, path)
	}
	return data, nil
}

func withIntegers(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if v[key], err = withIntegers(inner); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, inner := range v {
			if v[i], err = withIntegers(inner); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if whole, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return whole, nil
		}
		number, err := v.Float64()
		if err != nil || math.IsInf(number, 0) {
			return nil, fmt.Errorf("data: %s is no number", v)
		}
		return number, nil
	}
	return value, nil
}

// withStringMap gives the map at a path the type map[string]string, which labels have: with
// missingkey=zero a missing one is then empty text.
func withStringMap(value any, path []string) any {
	found, ok := value.(map[string]any)
	if !ok {
		return value
	}
	if len(path) > 0 {
		if inner, ok := found[path[0]]; ok {
			found[path[0]] = withStringMap(inner, path[1:])
		}
		return value
	}
	texts := make(map[string]string, len(found))
	for key, inner := range found {
		text, ok := inner.(string)
		if !ok {
			return value
		}
		texts[key] = text
	}
	return texts
}
