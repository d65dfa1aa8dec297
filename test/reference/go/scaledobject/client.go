package scaledobject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/scale"
	"sigs.k8s.io/controller-runtime/pkg/client"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
)

// A Target is what a ScaledObject scales.
type Target interface {
	Replicas() int32
	Set(replicas int32)
	// ReadyPods counts running, ready pods.
	ReadyPods() int
	// HPA is the HPA that KEDA has made.
	HPA() *autoscalingv2.HorizontalPodAutoscaler
}

// apiServer answers what KEDA asks the API server; any other call would panic.
type apiServer struct {
	client.Client
	of      *Case
	target  Target
	started time.Time
	lock    sync.Mutex
	object  *kedav1alpha1.ScaledObject
}

func (a *apiServer) Get(_ context.Context, _ client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	a.lock.Lock()
	defer a.lock.Unlock()
	switch into := into.(type) {
	case *kedav1alpha1.ScaledObject:
		// A decoded answer replaces all that there was.
		*into = *a.object.DeepCopy()
	case *appsv1.Deployment:
		replicas := a.target.Replicas()
		*into = appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Spec: appsv1.DeploymentSpec{Replicas: &replicas}}
	case *autoscalingv2.HorizontalPodAutoscaler:
		*into = *a.target.HPA().DeepCopy()
	default:
		panic(fmt.Sprintf("%T", into))
	}
	return nil
}

// List answers the trigger kubernetes-workload, whose metric is the number of pods that a selector finds, and KEDA's count of the target's ready pods.
func (a *apiServer) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var of client.ListOptions
	of.ApplyOptions(options)
	pods := list.(*corev1.PodList)
	queue, found := a.of.Queues[of.LabelSelector.String()]
	if !found {
		for range a.target.ReadyPods() {
			pods.Items = append(pods.Items, corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}})
		}
		return nil
	}
	length, readable := queue.Length.At(time.Since(a.started).Seconds())
	time.Sleep(time.Duration(queue.QueryNanoseconds))
	if !readable {
		return errors.New("the case has no length at this time")
	}
	pods.Items = make([]corev1.Pod, int(length))
	return nil
}

func (a *apiServer) Status() client.SubResourceWriter { return statusWriter{a: a} }

type statusWriter struct {
	client.SubResourceWriter
	a *apiServer
}

// Patch merges as the API server does, through JSON, which keeps whole seconds; the caller's object becomes what is stored.
func (s statusWriter) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	data, err := patch.Data(object)
	if err != nil {
		return err
	}
	s.a.lock.Lock()
	defer s.a.lock.Unlock()
	before, err := json.Marshal(s.a.object)
	if err != nil {
		return err
	}
	after, err := jsonpatch.MergePatch(before, data)
	if err != nil {
		return err
	}
	stored := &kedav1alpha1.ScaledObject{}
	if err := json.Unmarshal(after, stored); err != nil {
		return err
	}
	s.a.object = stored
	*object.(*kedav1alpha1.ScaledObject) = *stored.DeepCopy()
	return nil
}

type scaleClient struct {
	scale.ScaleInterface
	target Target
}

func (c scaleClient) Scales(string) scale.ScaleInterface { return c }
func (c scaleClient) Get(context.Context, schema.GroupResource, string, metav1.GetOptions) (*autoscalingv1.Scale, error) {
	replicas := c.target.Replicas()
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: replicas, Selector: "app=" + name},
	}, nil
}
func (c scaleClient) Update(_ context.Context, _ schema.GroupResource, changed *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	c.target.Set(changed.Spec.Replicas)
	return changed, nil
}

type noEvents struct{}

func (noEvents) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...interface{}) {
}
