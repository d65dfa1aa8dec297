// KEDA's scale loop and Kubernetes' HPA controller on one Deployment, both unmodified, in virtual time.
package main

import (
	"context"
	"sync"
	"testing/synctest"
	"time"

	"ownsignal.example/reference/cluster"
	"ownsignal.example/reference/jsonlines"
	"ownsignal.example/reference/scaledobject"
)

type bothCase struct {
	cluster.Case
	KEDA scaledobject.Case `json:"keda"`
	// When the HPA is there; its syncs must never meet a poll.
	HPAMillis int64 `json:"hpaMillis"`
}

type bothTrace struct {
	Name  string             `json:"name"`
	Syncs int                `json:"syncs"`
	Polls int                `json:"polls"`
	HPA   []cluster.Row      `json:"hpa"`
	Rows  []scaledobject.Row `json:"rows"`
}

func main() { jsonlines.Run(simulate) }

func simulate(of *bothCase) bothTrace {
	started := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	trace := bothTrace{Name: of.Name}
	rows := []scaledobject.Row{}
	var lock sync.Mutex
	var loop *scaledobject.Loop
	world := cluster.New(&of.Case, func(metric string) (int64, error) {
		milli, err := loop.Ask(ctx, metric)
		var value *int64
		if err == nil {
			value = &milli
		}
		lock.Lock()
		defer lock.Unlock()
		rows = append(rows, loop.Row(time.Since(started).Milliseconds(), metric, value))
		return milli, err
	})
	loop = scaledobject.New(ctx, &of.KEDA, world)
	loop.Start(ctx)
	time.AfterFunc(time.Duration(of.HPAMillis)*time.Millisecond, func() { world.Start(ctx, cluster.Object(loop.HPASpec())) })
	// Polls begin at whole seconds; after a hundredth of one they are over.
	for at := int64(0); at < of.Seconds; at += int64(loop.PollSeconds()) {
		time.Sleep(time.Duration(at)*time.Second + 10*time.Millisecond - time.Since(started))
		synctest.Wait()
		lock.Lock()
		trace.Polls++
		rows = append(rows, loop.Row(at*1000, "poll", nil))
		lock.Unlock()
	}
	// Half a second before the end, when no poll is under way.
	time.Sleep(time.Duration(of.Seconds)*time.Second - time.Second/2 - time.Since(started))
	synctest.Wait()
	hpa := world.Trace()
	cancel()
	time.Sleep(time.Second)
	synctest.Wait()
	trace.Syncs, trace.HPA, trace.Rows = hpa.Syncs, hpa.Rows, scaledobject.Changed(rows)
	return trace
}
