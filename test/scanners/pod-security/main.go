// Command pod-security evaluates workloads against a Pod Security Standard, with the code that Kubernetes itself runs.
//
// It reads a JSON array of manifests and writes how many of them make pods, how many checks these had, and what was found:
// {"pods", "checks", "findings": [{"index", "rule", "message"}]}, where index is the manifest's place in the input.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// sources is the digest of the files that this was built from; a changed one is built anew.
var sources = "unknown"

type template struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     corev1.PodSpec    `json:"spec"`
}

type manifest struct {
	Kind string            `json:"kind"`
	Meta metav1.ObjectMeta `json:"metadata"`
	Spec json.RawMessage   `json:"spec"`
	// of a PodTemplate alone
	Template json.RawMessage `json:"template"`
}

type finding struct {
	Index   int    `json:"index"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

type answer struct {
	Pods     int       `json:"pods"`
	Checks   int       `json:"checks"`
	Findings []finding `json:"findings"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(sources)
		return
	}
	if len(os.Args) != 1 {
		fail(fmt.Errorf("usage: pod-security < manifests.json"))
	}
	found, err := check(os.Stdin)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fail(err)
	}
}

func check(input io.Reader) (*answer, error) {
	var manifests []json.RawMessage
	if err := json.NewDecoder(input).Decode(&manifests); err != nil {
		return nil, err
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	found := &answer{Findings: []finding{}}
	for index, raw := range manifests {
		var m manifest
		var pod *template
		err := json.Unmarshal(raw, &m)
		if err == nil {
			pod, err = podOf(m)
		}
		if err != nil {
			found.Findings = append(found.Findings, finding{index, "unreadable", err.Error()})
		}
		if pod == nil || err != nil {
			continue
		}
		found.Pods++
		for _, result := range evaluator.EvaluatePod(restricted, &pod.Metadata, &pod.Spec) {
			found.Checks++
			if !result.Allowed {
				found.Findings = append(found.Findings, finding{index, result.ForbiddenReason, result.ForbiddenDetail})
			}
		}
	}
	return found, nil
}

// podOf is the pod that a manifest makes, or nil.
func podOf(m manifest) (*template, error) {
	var pod template
	switch m.Kind {
	case "Pod":
		pod.Metadata = m.Meta
		return &pod, strict(m.Spec, &pod.Spec)
	case "PodTemplate":
		return &pod, strict(m.Template, &pod)
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job":
		var spec struct {
			Template json.RawMessage `json:"template"`
		}
		if err := strict(m.Spec, &spec); err != nil {
			return nil, err
		}
		return &pod, strict(spec.Template, &pod)
	case "CronJob":
		var spec struct {
			JobTemplate struct {
				Spec struct {
					Template json.RawMessage `json:"template"`
				} `json:"spec"`
			} `json:"jobTemplate"`
		}
		if err := strict(m.Spec, &spec); err != nil {
			return nil, err
		}
		return &pod, strict(spec.JobTemplate.Spec.Template, &pod)
	}
	return nil, nil
}

// strict refuses a workload without a pod: nothing to check is not the same as nothing found.
func strict(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		return fmt.Errorf("holds no pod")
	}
	return json.Unmarshal(raw, into)
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "pod-security: %v\n", err)
	os.Exit(2)
}
