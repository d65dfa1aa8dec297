package cluster

import (
	"fmt"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A podRecord is one pod with what its object does not say.
type podRecord struct {
	ordinal int
	pod     *corev1.Pod
	// When its containers began to run.
	running time.Time
}

// second is now as the API server stores it: in whole seconds.
func second() metav1.Time { return metav1.NewTime(time.Now().Truncate(time.Second)) }

// A pod that is being deleted or has failed is none of the ReplicaSet's any more.
func (w *World) active() (active []*podRecord) {
	for _, one := range w.records {
		if one.pod.DeletionTimestamp == nil && one.pod.Status.Phase != corev1.PodFailed {
			active = append(active, one)
		}
	}
	return active
}

func ready(pod *corev1.Pod) bool {
	return len(pod.Status.Conditions) > 0 && pod.Status.Conditions[0].Status == corev1.ConditionTrue
}

// write replaces a pod in the store: what the controller holds must not change under it.
func (w *World) write(record *podRecord, change func(*corev1.Pod)) {
	changed := record.pod.DeepCopy()
	change(changed)
	record.pod = changed
	must(w.podStore.Update(changed))
}

func become(status corev1.ConditionStatus) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		if pod.Status.Conditions[0].Status != status {
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status, LastTransitionTime: second()}}
		}
	}
}

// replicate does what a ReplicaSet does: create what is missing, delete what is too much.
func (w *World) replicate() {
	active := w.active()
	for missing := int(w.replicas) - len(active); missing > 0; missing-- {
		w.start(w.create(second()))
	}
	rank := func(one *podRecord) int {
		switch {
		case one.pod.Status.Phase == corev1.PodPending:
			return 0
		case !ready(one.pod):
			return 1
		}
		return 2
	}
	sort.SliceStable(active, func(i, j int) bool {
		a, b := active[i], active[j]
		if rank(a) != rank(b) {
			return rank(a) < rank(b)
		}
		since, other := a.pod.Status.Conditions[0].LastTransitionTime, b.pod.Status.Conditions[0].LastTransitionTime
		if rank(a) == 2 && !since.Equal(&other) {
			return other.Before(&since)
		}
		return a.ordinal > b.ordinal
	})
	for _, one := range active[:max(0, len(active)-int(w.replicas))] {
		now := second()
		w.write(one, func(pod *corev1.Pod) { pod.DeletionTimestamp = &now })
		w.later(millis(w.of.Pods.GoneMillis), func() { w.remove(one) })
	}
}

func (w *World) remove(record *podRecord) {
	must(w.podStore.Delete(record.pod))
	for i, one := range w.records {
		if one == record {
			w.records = append(w.records[:i:i], w.records[i+1:]...)
			return
		}
	}
}

func (w *World) create(at metav1.Time) *podRecord {
	w.created++
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%06d", Name, w.created), Namespace: Namespace, Labels: map[string]string{"app": Name}, CreationTimestamp: at},
		Status: corev1.PodStatus{
			Phase: corev1.PodPending, StartTime: &at,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: at}},
		},
	}
	for _, one := range w.of.Pods.Containers {
		requests := corev1.ResourceList{}
		for name, quantity := range one.Requests {
			requests[corev1.ResourceName(name)] = resource.MustParse(quantity)
		}
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: one.Name, Resources: corev1.ResourceRequirements{Requests: requests}})
	}
	record := &podRecord{ordinal: w.created, pod: pod}
	w.records = append(w.records, record)
	must(w.podStore.Add(pod))
	return record
}

// start lets a pod run, and later be ready, unless it is deleted or fails before.
func (w *World) start(record *podRecord) {
	lives := func() bool {
		return record.pod.DeletionTimestamp == nil && record.pod.Status.Phase != corev1.PodFailed
	}
	w.later(millis(w.of.Pods.StartMillis), func() {
		if !lives() {
			return
		}
		record.running = w.wholeMillis()
		w.write(record, func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodRunning })
		w.later(millis(w.of.Pods.ReadyMillis), func() {
			if lives() {
				w.write(record, become(corev1.ConditionTrue))
			}
		})
	})
}

// grown is a pod that has been ready for an hour.
func (w *World) grown() {
	long := metav1.NewTime(w.started.Add(-time.Hour))
	record := w.create(long)
	record.running = long.Time
	w.write(record, func(pod *corev1.Pod) {
		pod.Status.Phase = corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: long}}
	})
}

func (w *World) happen(event PodEvent) {
	for _, one := range w.records {
		if one.ordinal != event.Ordinal || one.pod.DeletionTimestamp != nil || one.pod.Status.Phase != corev1.PodRunning {
			continue
		}
		switch event.Becomes {
		case "ready":
			w.write(one, become(corev1.ConditionTrue))
		case "unready":
			w.write(one, become(corev1.ConditionFalse))
		case "failed":
			w.write(one, func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodFailed; become(corev1.ConditionFalse)(pod) })
			w.later(millis(w.of.Pods.CreateMillis), w.replicate)
		default:
			panic(event.Becomes)
		}
	}
}
