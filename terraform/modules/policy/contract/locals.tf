# What the cluster's own admission refuses: an image that is named by a tag, or comes from elsewhere than the allowed registries.
# SPDX-License-Identifier: PostgreSQL

locals {
  registries = join("|", [for registry in var.settings.allowed_registries : replace(registry, ".", "\\\\.")])
  image_rule = "c.image.matches('^(${local.registries})/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$')"
  admission = [
    {
      apiVersion = "admissionregistration.k8s.io/v1"
      kind       = "ValidatingAdmissionPolicy"
      metadata   = { name = "portarium-images" }
      spec = {
        failurePolicy = "Fail"
        matchConstraints = {
          resourceRules = [{ apiGroups = [""], apiVersions = ["v1"], operations = ["CREATE", "UPDATE"], resources = ["pods", "pods/ephemeralcontainers"] }]
        }
        validations = [
          for field in ["containers", "initContainers", "ephemeralContainers"] : {
            expression = "!has(object.spec.${field}) || object.spec.${field}.all(c, ${local.image_rule})"
            message    = "${field} must be images by digest from ${join(", ", var.settings.allowed_registries)}"
          }
        ]
      }
    },
    {
      apiVersion = "admissionregistration.k8s.io/v1"
      kind       = "ValidatingAdmissionPolicyBinding"
      metadata   = { name = "portarium-images" }
      spec = {
        policyName        = "portarium-images"
        validationActions = ["Deny", "Audit"]
        matchResources    = { namespaceSelector = { matchLabels = { "pod-security.kubernetes.io/enforce" = "restricted" } } }
      }
    },
  ]
}
