package cluster

import (
	"sync"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// A World changes by the case's script, by what the controllers write, and by time.
type World struct {
	lock     sync.Mutex
	of       *Case
	started  time.Time
	replicas int32
	created  int
	timers   time.Duration
	records  []*podRecord
	scraped  []scrape
	podStore cache.Indexer
	hpaStore cache.Indexer
	handlers []cache.ResourceEventHandler
	external func(metric string) (milli int64, err error)
	row      *Row
	rows     []Row
	syncs    int
}

// New makes the world of a case at its first instant.
func New(of *Case, external func(metric string) (int64, error)) *World {
	indexers := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	w := &World{of: of, started: time.Now(), replicas: of.Replicas, external: external,
		podStore: cache.NewIndexer(cache.MetaNamespaceKeyFunc, indexers),
		hpaStore: cache.NewIndexer(cache.MetaNamespaceKeyFunc, indexers)}
	for range of.Replicas {
		w.grown()
	}
	w.later(millis(of.ScrapeMillis), w.scrape)
	for _, one := range of.Sets {
		w.later(Seconds(one.AtSeconds), func() { w.set(one.Replicas) })
	}
	for _, one := range of.PodEvents {
		w.later(Seconds(one.AtSeconds), func() { w.happen(one) })
	}
	return w
}

// Now is the time since the start.
func (w *World) Now() time.Duration { return time.Since(w.started) }

func (w *World) wholeMillis() time.Time { return w.started.Add(w.Now().Truncate(time.Millisecond)) }

// later does something half a millisecond after a whole one: controllers act at whole ones. No two share an instant, since timers of one instant fire
// in any order: those of one millisecond run in the order in which they were set.
func (w *World) later(in time.Duration, do func()) {
	w.timers++
	at := (w.Now() + in).Truncate(time.Millisecond) + time.Millisecond/2 + w.timers
	time.AfterFunc(at-w.Now(), func() {
		w.lock.Lock()
		defer w.lock.Unlock()
		do()
	})
}

func (w *World) set(replicas int32) {
	w.replicas = replicas
	w.later(millis(w.of.Pods.CreateMillis), w.replicate)
}

// Replicas is spec.replicas.
func (w *World) Replicas() int32 {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.replicas
}

// ReadyPods counts the pods that run and are ready, terminating ones with them.
func (w *World) ReadyPods() int {
	w.lock.Lock()
	defer w.lock.Unlock()
	count := 0
	for _, one := range w.records {
		if one.pod.Status.Phase == corev1.PodRunning && ready(one.pod) {
			count++
		}
	}
	return count
}

// Set changes spec.replicas, as a controller does.
func (w *World) Set(replicas int32) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.set(replicas)
}

// Scale is the Deployment's scale.
func (w *World) Scale() *autoscalingv1.Scale {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.scale()
}

func (w *World) scale() *autoscalingv1.Scale {
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: Name, Namespace: Namespace},
		Spec:       autoscalingv1.ScaleSpec{Replicas: w.replicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: int32(len(w.active())), Selector: "app=" + Name},
	}
}

// HPA is the HPA as it is stored; one without a status before there is any.
func (w *World) HPA() *autoscalingv2.HorizontalPodAutoscaler {
	if len(w.hpaStore.List()) == 0 {
		return &autoscalingv2.HorizontalPodAutoscaler{}
	}
	return w.hpaStore.List()[0].(*autoscalingv2.HorizontalPodAutoscaler)
}

func (w *World) store(hpa *autoscalingv2.HorizontalPodAutoscaler) {
	old := w.HPA()
	must(w.hpaStore.Update(hpa))
	for _, one := range w.handlers {
		one.OnUpdate(old, hpa)
	}
}
