// No tool is built of it: its CRDs are what manifests are checked against.
module ownsignal.example/schemas/secrets-store-csi-driver

go 1.26.0

require sigs.k8s.io/secrets-store-csi-driver v1.6.0
