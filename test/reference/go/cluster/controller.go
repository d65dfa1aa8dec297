package cluster

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

// A Row is one sync: what it read, what the metrics proposed, what it set, and the HPA's conditions after it.
type Row struct {
	AtMillis       int64  `json:"atMillis"`
	Replicas       int32  `json:"replicas"`
	StatusReplicas int32  `json:"statusReplicas"`
	Proposed       *int32 `json:"proposed"`
	Desired        int32  `json:"desired"`
	AbleToScale    string `json:"ableToScale"`
	ScalingActive  string `json:"scalingActive"`
	ScalingLimited string `json:"scalingLimited"`
}

// A Trace has the syncs that differ from the one before in more than their time.
type Trace struct {
	Name  string `json:"name"`
	Syncs int    `json:"syncs"`
	Rows  []Row  `json:"rows"`
}

func init() {
	// The default handlers keep the last error's time in a variable of their package; a later bubble would sleep until then.
	utilruntime.ErrorHandlers = nil
	utilruntime.ReallyCrash = true
}

// begin ends the sync before and begins one.
func (w *World) begin(read *autoscalingv1.Scale) {
	w.end()
	w.syncs++
	w.row = &Row{AtMillis: w.Now().Milliseconds(), Replicas: read.Spec.Replicas, StatusReplicas: read.Status.Replicas, Desired: read.Spec.Replicas}
}

func (w *World) end() {
	if w.row == nil {
		return
	}
	w.noteConditions()
	row := *w.row
	w.row = nil
	if len(w.rows) > 0 {
		last := w.rows[len(w.rows)-1]
		last.AtMillis = row.AtMillis
		if same(last, row) {
			return
		}
	}
	w.rows = append(w.rows, row)
}

func same(a, b Row) bool {
	if (a.Proposed == nil) != (b.Proposed == nil) || (a.Proposed != nil && *a.Proposed != *b.Proposed) {
		return false
	}
	a.Proposed, b.Proposed = nil, nil
	return a == b
}

// logSink takes from the controller's own log what it proposed before any limit, and what it set.
type logSink struct{ w *World }

func (s logSink) Init(logr.RuntimeInfo)          {}
func (s logSink) Enabled(level int) bool         { return level <= 4 }
func (s logSink) Error(error, string, ...any)    {}
func (s logSink) WithValues(...any) logr.LogSink { return s }
func (s logSink) WithName(string) logr.LogSink   { return s }
func (s logSink) Info(_ int, message string, pairs ...any) {
	if s.w.row == nil {
		return
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		value, isCount := pairs[i+1].(int32)
		if pairs[i] != "desiredReplicas" || !isCount {
			continue
		}
		switch message {
		case "Proposing desired replicas":
			s.w.row.Proposed = &value
		case "Successfully rescaled":
			s.w.row.Desired = value
		}
	}
}

// noteConditions writes into the row what the sync has left in the HPA's status.
func (w *World) noteConditions() {
	text := func(of autoscalingv2.HorizontalPodAutoscalerConditionType) string {
		for _, one := range w.HPA().Status.Conditions {
			if one.Type == of {
				return map[corev1.ConditionStatus]string{corev1.ConditionTrue: "+", corev1.ConditionFalse: "-"}[one.Status] + one.Reason
			}
		}
		return ""
	}
	w.row.AbleToScale, w.row.ScalingActive, w.row.ScalingLimited = text(autoscalingv2.AbleToScale), text(autoscalingv2.ScalingActive), text(autoscalingv2.ScalingLimited)
}

// Start runs Kubernetes' HPA controller, with the controller manager's default settings, until the context ends.
func (w *World) Start(ctx context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler) {
	ctx = klog.NewContext(ctx, logr.New(logSink{w}))
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, meta.RESTScopeNamespace)
	must(w.hpaStore.Add(hpa))
	for _, one := range w.of.Changes {
		w.later(Seconds(one.AtSeconds)-w.Now(), func() {
			changed := w.HPA().DeepCopy()
			changed.Spec = Object(one.HPA).Spec
			w.store(changed)
		})
	}
	controller := podautoscaler.NewHorizontalController(ctx, eventClient{}, scaleClient{w: w}, hpaClient{w: w}, mapper,
		metrics.NewRESTMetricsClient(resourceClient{w: w}, nil, externalClient{w}),
		hpaInformer{storeInformer{w: w, store: w.hpaStore}}, podInformer{storeInformer{w: w, store: w.podStore}},
		15*time.Second, 5*time.Minute, 0.1, 5*time.Minute, 30*time.Second)
	for _, one := range w.handlers {
		one.OnAdd(hpa, true)
	}
	go controller.Run(ctx, 1)
}

// Trace is what there was so far; to be called when nothing runs.
func (w *World) Trace() Trace {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.end()
	return Trace{Name: w.of.Name, Syncs: w.syncs, Rows: w.rows}
}
