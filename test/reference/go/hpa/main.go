// The HPA controller of Kubernetes, unmodified, in virtual time.
package main

import (
	"context"
	"testing/synctest"
	"time"

	"ownsignal.example/reference/cluster"
	"ownsignal.example/reference/jsonlines"
)

func main() { jsonlines.Run(simulate) }

func simulate(of *cluster.Case) cluster.Trace {
	started := time.Now()
	w := cluster.New(of, cluster.Scripted(of, func() time.Duration { return time.Since(started) }))
	ctx, cancel := context.WithCancel(context.Background())
	w.Start(ctx, cluster.Object(of.HPA))
	time.Sleep(time.Duration(of.Seconds)*time.Second + time.Millisecond/4)
	synctest.Wait()
	trace := w.Trace()
	cancel()
	synctest.Wait()
	return trace
}
