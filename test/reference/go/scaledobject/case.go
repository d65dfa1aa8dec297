// Package scaledobject runs KEDA's scale loop on one ScaledObject.
package scaledobject

import (
	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"

	"ownsignal.example/reference/curve"
)

const (
	name      = "target"
	namespace = "default"
)

// A Case is one ScaledObject and the queues that its triggers count. The TypeScript side documents the fields: test/support/simulator/kedaCases.ts.
type Case struct {
	ScaledObject      kedav1alpha1.ScaledObjectSpec `json:"scaledObject"`
	Annotations       map[string]string             `json:"annotations"`
	CreatedSeconds    float64                       `json:"createdSeconds"`
	LastActiveSeconds *float64                      `json:"lastActiveSeconds"`
	// By the trigger's podSelector.
	Queues map[string]Queue `json:"queues"`
}

// A Queue has a length, and a time that one query of it takes.
type Queue struct {
	Length           curve.Curve `json:"length"`
	QueryNanoseconds int64       `json:"queryNanoseconds"`
}
