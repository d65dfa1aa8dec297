package scaledobject

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/go-logr/logr"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/kedacore/keda/v2/pkg/scalers/authentication"
	"github.com/kedacore/keda/v2/pkg/scaling"
)

var scheme = runtime.NewScheme()

func init() {
	logf.SetLogger(logr.Discard())
	must(clientgoscheme.AddToScheme(scheme))
	must(kedav1alpha1.AddToScheme(scheme))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// A Loop is KEDA's scale handler with one ScaledObject.
type Loop struct {
	api     *apiServer
	handler scaling.ScaleHandler
	object  *kedav1alpha1.ScaledObject
	metrics []autoscalingv2.MetricSpec
}

// New makes the handler, and builds its scalers as the reconciler does for the HPA's metrics.
func New(ctx context.Context, of *Case, target Target) *Loop {
	started := time.Now()
	at := func(seconds float64) metav1.Time {
		return metav1.NewTime(started.Add(time.Duration(seconds) * time.Second))
	}
	object := &kedav1alpha1.ScaledObject{
		TypeMeta:   metav1.TypeMeta{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: "1", Generation: 1, CreationTimestamp: at(of.CreatedSeconds), Annotations: of.Annotations},
		Spec:       *of.ScaledObject.DeepCopy(),
		Status: kedav1alpha1.ScaledObjectStatus{
			ScaleTargetKind: "apps/v1.Deployment",
			ScaleTargetGVKR: &kedav1alpha1.GroupVersionKindResource{Group: "apps", Version: "v1", Kind: "Deployment", Resource: "deployments"},
			HpaName:         "keda-hpa-" + name,
			Conditions:      *kedav1alpha1.GetInitializedConditions(),
		},
	}
	object.Spec.ScaleTargetRef = &kedav1alpha1.ScaleTarget{Name: name}
	if of.LastActiveSeconds != nil {
		last := at(*of.LastActiveSeconds)
		object.Status.LastActiveTime = &last
	}
	api := &apiServer{of: of, target: target, started: started, object: object.DeepCopy()}
	handler := scaling.NewScaleHandler(api, scaleClient{target: target}, scheme, 3*time.Second, 10*time.Second, noEvents{}, &authentication.AuthClientSet{})
	cache, err := handler.GetScalersCache(ctx, object.DeepCopy())
	must(err)
	metrics := cache.GetMetricSpecForScaling(ctx)
	sort.SliceStable(metrics, func(i, j int) bool { return metrics[i].Type < metrics[j].Type })
	for _, one := range metrics {
		if one.External != nil {
			api.object.Status.ExternalMetricNames = append(api.object.Status.ExternalMetricNames, one.External.Metric.Name)
		}
	}
	return &Loop{api: api, handler: handler, object: api.object.DeepCopy(), metrics: metrics}
}

// Start polls now, and from then on in KEDA's interval, until the context ends.
func (l *Loop) Start(ctx context.Context) {
	must(l.handler.HandleScalableObject(ctx, l.object.DeepCopy()))
}

// PollSeconds is the polling interval.
func (l *Loop) PollSeconds() float64 {
	if l.object.Spec.PollingInterval == nil {
		return 30
	}
	return float64(*l.object.Spec.PollingInterval)
}

// ExternalMetrics are those that the HPA asks for.
func (l *Loop) ExternalMetrics() []string { return l.object.Status.ExternalMetricNames }

// Ask answers an HPA, in thousandths.
func (l *Loop) Ask(ctx context.Context, metric string) (int64, error) {
	list, err := l.handler.GetScaledObjectMetrics(ctx, name, namespace, metric)
	if err != nil {
		return 0, err
	}
	if len(list.Items) != 1 {
		return 0, fmt.Errorf("%d values for %s", len(list.Items), metric)
	}
	return list.Items[0].Value.MilliValue(), nil
}

// HPASpec is the HPA that KEDA's reconciler makes: controllers/keda/hpa.go newHPAForScaledObject, which cannot be called from here.
func (l *Loop) HPASpec() autoscalingv2.HorizontalPodAutoscalerSpec {
	object := l.object
	spec := autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: object.GetHPAMinReplicas(), MaxReplicas: object.GetHPAMaxReplicas(), Metrics: l.metrics}
	if object.Spec.Advanced != nil && object.Spec.Advanced.HorizontalPodAutoscalerConfig != nil {
		spec.Behavior = object.Spec.Advanced.HorizontalPodAutoscalerConfig.Behavior.DeepCopy()
	}
	disabled := autoscalingv2.DisabledPolicySelect
	if spec.Behavior == nil && (object.NeedToPauseScaleIn() || object.NeedToPauseScaleOut()) {
		spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	}
	if object.NeedToPauseScaleIn() {
		if spec.Behavior.ScaleDown == nil {
			spec.Behavior.ScaleDown = &autoscalingv2.HPAScalingRules{}
		}
		spec.Behavior.ScaleDown.SelectPolicy = &disabled
	}
	if object.NeedToPauseScaleOut() {
		if spec.Behavior.ScaleUp == nil {
			spec.Behavior.ScaleUp = &autoscalingv2.HPAScalingRules{}
		}
		spec.Behavior.ScaleUp.SelectPolicy = &disabled
	}
	return spec
}

// A Row is what there was after a poll, or after an HPA asked for a metric. Value is null where that failed.
type Row struct {
	AtMillis          int64            `json:"atMillis"`
	By                string           `json:"by"`
	Replicas          int32            `json:"replicas"`
	LastActiveSeconds *int64           `json:"lastActiveSeconds"`
	Failures          map[string]int32 `json:"failures"`
	Value             *int64           `json:"value"`
}

// Row notes how things are.
func (l *Loop) Row(atMillis int64, by string, value *int64) Row {
	l.api.lock.Lock()
	defer l.api.lock.Unlock()
	row := Row{AtMillis: atMillis, By: by, Replicas: l.api.target.Replicas(), Failures: map[string]int32{}, Value: value}
	status := l.api.object.Status
	if status.LastActiveTime != nil {
		seconds := int64(status.LastActiveTime.Sub(l.api.started).Seconds())
		row.LastActiveSeconds = &seconds
	}
	for metric, health := range status.Health {
		row.Failures[metric] = *health.NumberOfFailures
	}
	return row
}

// Changed leaves out the rows that say the same as the one before of the same kind. Of the last activity that is whether it was at this poll.
func Changed(rows []Row) []Row {
	kept := []Row{}
	last := map[string]string{}
	for _, one := range rows {
		active := value(one.LastActiveSeconds)
		if one.By != "poll" || active == one.AtMillis/1000 {
			active = "not told"
		}
		text := fmt.Sprint(one.Replicas, active, one.Failures, value(one.Value))
		if last[one.By] != text {
			kept = append(kept, one)
		}
		last[one.By] = text
	}
	return kept
}

func value(of *int64) any {
	if of == nil {
		return nil
	}
	return *of
}
