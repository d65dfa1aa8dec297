// KEDA's scale loop, unmodified, in virtual time, with an HPA that only asks.
package main

import (
	"context"
	"sort"
	"sync"
	"testing/synctest"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"ownsignal.example/reference/jsonlines"
	"ownsignal.example/reference/scaledobject"
)

type kedaCase struct {
	scaledobject.Case
	Name     string `json:"name"`
	Seconds  int64  `json:"seconds"`
	Replicas int32  `json:"replicas"`
	Sets     []struct {
		AtSeconds int64 `json:"atSeconds"`
		Replicas  int32 `json:"replicas"`
	} `json:"sets"`
	// How often an HPA asks for each metric; 0 for never.
	AskSeconds int64 `json:"askSeconds"`
	// What the HPA says of itself: its condition ScalingActive.
	HPAActive bool `json:"hpaActive"`
}

type kedaTrace struct {
	Name  string             `json:"name"`
	Polls int                `json:"polls"`
	Rows  []scaledobject.Row `json:"rows"`
}

// A count is a target without a world: its pods are ready at once.
type count struct {
	lock     sync.Mutex
	replicas int32
	hpa      *autoscalingv2.HorizontalPodAutoscaler
}

func (c *count) Replicas() int32 {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.replicas
}
func (c *count) Set(replicas int32) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.replicas = replicas
}
func (c *count) ReadyPods() int                              { return int(c.Replicas()) }
func (c *count) HPA() *autoscalingv2.HorizontalPodAutoscaler { return c.hpa }

func main() { jsonlines.Run(simulate) }

func simulate(of *kedaCase) kedaTrace {
	started := time.Now()
	status := map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}[of.HPAActive]
	target := &count{replicas: of.Replicas, hpa: &autoscalingv2.HorizontalPodAutoscaler{Status: autoscalingv2.HorizontalPodAutoscalerStatus{
		Conditions: []autoscalingv2.HorizontalPodAutoscalerCondition{{Type: autoscalingv2.ScalingActive, Status: status}}}}}
	ctx, cancel := context.WithCancel(context.Background())
	loop := scaledobject.New(ctx, &of.Case, target)
	trace := kedaTrace{Name: of.Name}
	rows := []scaledobject.Row{}

	// Polls begin at whole seconds; after a tenth of one they are over. Others change replicas after a quarter, the HPA asks after a half.
	type moment struct {
		at time.Duration
		do func()
	}
	var moments []moment
	for at := int64(0); at < of.Seconds; at += int64(loop.PollSeconds()) {
		moments = append(moments, moment{time.Duration(at)*time.Second + 100*time.Millisecond, func() {
			trace.Polls++
			rows = append(rows, loop.Row(at*1000, "poll", nil))
		}})
	}
	for _, one := range of.Sets {
		moments = append(moments, moment{time.Duration(one.AtSeconds)*time.Second + 250*time.Millisecond, func() { target.Set(one.Replicas) }})
	}
	for at := of.AskSeconds; of.AskSeconds > 0 && at < of.Seconds; at += of.AskSeconds {
		moments = append(moments, moment{time.Duration(at)*time.Second + 500*time.Millisecond, func() {
			// At 0 an HPA asks nothing.
			if target.Replicas() == 0 {
				return
			}
			for _, metric := range loop.ExternalMetrics() {
				var value *int64
				if milli, err := loop.Ask(ctx, metric); err == nil {
					value = &milli
				}
				rows = append(rows, loop.Row(at*1000+500, metric, value))
			}
		}})
	}
	sort.SliceStable(moments, func(i, j int) bool { return moments[i].at < moments[j].at })
	loop.Start(ctx)
	for _, one := range moments {
		time.Sleep(one.at - time.Since(started))
		one.do()
	}
	cancel()
	synctest.Wait()
	trace.Rows = scaledobject.Changed(rows)
	return trace
}
