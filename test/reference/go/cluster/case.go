// Package cluster is what an HPA controller sees: one Deployment's scale, its pods, its metrics and its HPA.
package cluster

import (
	"encoding/json"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	"k8s.io/kubernetes/pkg/apis/autoscaling/validation"

	"ownsignal.example/reference/curve"
)

// Name and Namespace are those of the Deployment and of its HPA.
const (
	Name      = "target"
	Namespace = "default"
)

// A Case is one world and one HPA. The TypeScript side documents the fields: test/support/simulator/cases.ts.
type Case struct {
	Name      string                                    `json:"name"`
	Seconds   int64                                     `json:"seconds"`
	Replicas  int32                                     `json:"replicas"`
	HPA       autoscalingv2.HorizontalPodAutoscalerSpec `json:"hpa"`
	Changes   []Change                                  `json:"changes"`
	External  map[string]curve.Curve                    `json:"external"`
	Usage     []Usage                                   `json:"usage"`
	Sets      []Set                                     `json:"sets"`
	Pods      Pods                                      `json:"pods"`
	PodEvents []PodEvent                                `json:"podEvents"`
	// How long one read of the scale takes: it moves every sync after it.
	ReadMillis int64 `json:"readMillis"`
	// When metrics-server scrapes for the first time.
	ScrapeMillis int64 `json:"scrapeMillis"`
}

// A Change replaces the HPA's spec.
type Change struct {
	AtSeconds float64                                   `json:"atSeconds"`
	HPA       autoscalingv2.HorizontalPodAutoscalerSpec `json:"hpa"`
}

// Usage is one resource of one container, in thousandths of its unit: of each pod, or of all ready pods together.
type Usage struct {
	Container string      `json:"container"`
	Resource  string      `json:"resource"`
	PerPod    curve.Curve `json:"perPod"`
	Total     curve.Curve `json:"total"`
}

// A Set is a change of spec.replicas by somebody else than the HPA.
type Set struct {
	AtSeconds float64 `json:"atSeconds"`
	Replicas  int32   `json:"replicas"`
}

// Pods says what each pod consists of and how long the parts of its life take.
type Pods struct {
	Containers   []Container `json:"containers"`
	CreateMillis int64       `json:"createMillis"`
	StartMillis  int64       `json:"startMillis"`
	ReadyMillis  int64       `json:"readyMillis"`
	GoneMillis   int64       `json:"goneMillis"`
}

// A Container has requests as quantities.
type Container struct {
	Name     string            `json:"name"`
	Requests map[string]string `json:"requests"`
}

// A PodEvent happens to one pod, counted from 1 in the order of creation.
type PodEvent struct {
	AtSeconds float64 `json:"atSeconds"`
	Ordinal   int     `json:"ordinal"`
	Becomes   string  `json:"becomes"`
}

// Object is an HPA as the controller reads it: with the API server's defaults, validated, and through JSON once, which makes quantities canonical.
func Object(spec autoscalingv2.HorizontalPodAutoscalerSpec) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: Name, Namespace: Namespace, CreationTimestamp: metav1.Now()},
		Spec:       *spec.DeepCopy(),
	}
	hpa.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: Name}
	defaults.SetObjectDefaults_HorizontalPodAutoscaler(hpa)
	var internal autoscaling.HorizontalPodAutoscaler
	must(defaults.Convert_v2_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler(hpa.DeepCopy(), &internal, nil))
	problems := validation.ValidateHorizontalPodAutoscaler(&internal, validation.HorizontalPodAutoscalerSpecValidationOptions{MinReplicasLowerBound: 1})
	must(problems.ToAggregate())
	text, err := json.Marshal(hpa)
	must(err)
	stored := &autoscalingv2.HorizontalPodAutoscaler{}
	must(json.Unmarshal(text, stored))
	return stored
}

// must ends the program: a case that the API server would refuse is a defect of the generator of cases.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Seconds is a duration of so many seconds.
func Seconds(of float64) time.Duration { return time.Duration(of * float64(time.Second)) }

func millis(of int64) time.Duration { return time.Duration(of) * time.Millisecond }
