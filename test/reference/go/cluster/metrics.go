package cluster

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	resolution = 15 * time.Second
	// The least age of a container whose usage is counted from its start. metrics-server: pkg/storage/pod.go freshContainerMinMetricsResolution
	youngest = 10 * time.Second
)

// A scrape is what metrics-server has of one pod.
type scrape struct {
	record     *podRecord
	at         time.Time
	window     time.Duration
	containers map[string]corev1.ResourceList
}

// scrape reads all running pods, and again after a resolution.
func (w *World) scrape() {
	w.later(resolution, w.scrape)
	now := w.wholeMillis()
	sharing := int64(0)
	for _, one := range w.records {
		if one.pod.DeletionTimestamp == nil && ready(one.pod) {
			sharing++
		}
	}
	w.scraped = nil
	for _, one := range w.records {
		if one.pod.Status.Phase != corev1.PodRunning {
			continue
		}
		age := now.Sub(one.running)
		if age < youngest {
			continue
		}
		result := scrape{record: one, at: now, window: min(age, resolution), containers: map[string]corev1.ResourceList{}}
		for _, usage := range w.of.Usage {
			value, found := usage.PerPod.At(now.Sub(w.started).Seconds())
			milli := int64(value)
			if usage.Total != nil {
				value, found = usage.Total.At(now.Sub(w.started).Seconds())
				milli = 0
				if one.pod.DeletionTimestamp == nil && ready(one.pod) {
					milli = int64(value) / sharing
				}
			}
			if !found {
				continue
			}
			if result.containers[usage.Container] == nil {
				result.containers[usage.Container] = corev1.ResourceList{}
			}
			result.containers[usage.Container][corev1.ResourceName(usage.Resource)] = *resource.NewMilliQuantity(milli, resource.DecimalSI)
		}
		w.scraped = append(w.scraped, result)
	}
}

// known is what metrics-server tells: of pods that are there and run.
func (w *World) known() (known []scrape) {
	for _, one := range w.scraped {
		for _, record := range w.records {
			if record == one.record && record.pod.Status.Phase == corev1.PodRunning {
				known = append(known, one)
			}
		}
	}
	return known
}
