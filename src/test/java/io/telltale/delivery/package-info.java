/**
 * What is delivered beside the jar: the manifests of {@code deploy/k8s}, read strictly, and held against what no schema
 * sees ({@link io.telltale.delivery.ManifestRules}). {@link io.telltale.delivery.ManifestProgram} does the same with
 * what kustomize rendered.
 */
@NullMarked
package io.telltale.delivery;

import org.jspecify.annotations.NullMarked;
