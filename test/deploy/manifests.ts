/**
 * The parts of Kubernetes' API that the files in deploy/ use, written down as strictly as the API server reads them with
 * `--validate=strict`: a field that is misspelt, in the wrong place or of the wrong type fails. Fields that the files do
 * not use are missing here, and are added with the file that needs them.
 */
import * as z from 'zod';

const labels = z.record(z.string().regex(/^[a-z\d./_-]+$/), z.string().regex(/^[\w.-]{0,63}$/));

/** How names of resources may look: they become parts of DNS names. */
const name = z.string().regex(/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/);

export const metadata = z.strictObject({
  name,
  namespace: name.optional(),
  labels: labels.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

export const selector = z.strictObject({ matchLabels: labels });

/** As `100m` or `1`. */
const cpu = z.string().regex(/^\d+m?$/);
/** As `64Mi`. */
const bytes = z.string().regex(/^\d+(?:Ki|Mi|Gi)$/);
/** A port by its number or by its name in the pod. */
const port = z.union([z.int().min(1).max(65_535), name.max(15)]);

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port }),
  periodSeconds: z.int().positive(),
  timeoutSeconds: z.int().positive().optional(),
  failureThreshold: z.int().positive(),
});

const variable = z.union([
  z.strictObject({ name: z.string(), value: z.string() }),
  z.strictObject({
    name: z.string(),
    valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name, key: z.string() }) }),
  }),
]);

const container = z.strictObject({
  name,
  image: z.string(),
  env: z.array(variable),
  ports: z.array(z.strictObject({ name: name.max(15), containerPort: z.int() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.strictObject({
    requests: z.strictObject({ cpu, memory: bytes }),
    limits: z.strictObject({ memory: bytes }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.boolean(),
    readOnlyRootFilesystem: z.boolean(),
    capabilities: z.strictObject({ drop: z.array(z.string()) }),
  }),
  lifecycle: z.strictObject({
    preStop: z.strictObject({ exec: z.strictObject({ command: z.tuple([z.literal('sleep'), z.string()]) }) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name, mountPath: z.string().startsWith('/'), readOnly: z.boolean().optional() }),
  ),
});

/** A program beside the server. */
const sidecar = container
  .omit({ startupProbe: true, lifecycle: true, volumeMounts: true })
  .extend({ args: z.array(z.string()).min(1) });

const volume = z.union([
  z.strictObject({ name, persistentVolumeClaim: z.strictObject({ claimName: name }) }),
  z.strictObject({ name, configMap: z.strictObject({ name: z.string() }) }),
  z.strictObject({ name, emptyDir: z.strictObject({ sizeLimit: bytes }) }),
  z.strictObject({
    name,
    secret: z.strictObject({
      secretName: name,
      defaultMode: z.int().min(0).max(0o777),
      items: z.array(z.strictObject({ key: z.string(), path: z.string() })),
    }),
  }),
]);

const spread = z.strictObject({
  maxSkew: z.int().positive(),
  topologyKey: z.string(),
  whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
  labelSelector: selector,
});

const pod = z.strictObject({
  serviceAccountName: name,
  dnsConfig: z.strictObject({ options: z.array(z.strictObject({ name: z.string(), value: z.string() })) }),
  automountServiceAccountToken: z.boolean(),
  terminationGracePeriodSeconds: z.int().positive(),
  securityContext: z.strictObject({
    runAsNonRoot: z.boolean(),
    runAsUser: z.int(),
    runAsGroup: z.int(),
    fsGroup: z.int(),
    fsGroupChangePolicy: z.enum(['OnRootMismatch', 'Always']),
    seccompProfile: z.strictObject({ type: z.string() }),
  }),
  topologySpreadConstraints: z.array(spread).default([]),
  containers: z.tuple([container]).rest(sidecar),
  volumes: z.array(volume),
});

export const deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata,
  spec: z.strictObject({
    replicas: z.int().positive().default(1),
    strategy: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('Recreate') }),
        z.strictObject({
          type: z.literal('RollingUpdate'),
          rollingUpdate: z.strictObject({ maxUnavailable: z.int(), maxSurge: z.int() }),
        }),
      ])
      .optional(),
    selector,
    template: z.strictObject({ metadata: z.strictObject({ labels }), spec: pod }),
  }),
});

const serviceAccount = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ServiceAccount'),
  metadata,
  automountServiceAccountToken: z.boolean(),
});

export const service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata,
  spec: z.strictObject({
    selector: labels,
    ports: z.array(z.strictObject({ name: name.max(15), port: z.int(), targetPort: port })).min(1),
  }),
});

const volumeClaim = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('PersistentVolumeClaim'),
  metadata,
  spec: z.strictObject({
    accessModes: z.array(z.enum(['ReadWriteOnce', 'ReadWriteOncePod'])).min(1),
    resources: z.strictObject({ requests: z.strictObject({ storage: bytes }) }),
  }),
});

export const configMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: z.record(z.string().regex(/^[\w.-]+$/), z.string()),
});

const disruptionBudget = z.strictObject({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata,
  spec: z.strictObject({ maxUnavailable: z.int().positive(), selector }),
});

const peer = z.union([
  z.strictObject({ namespaceSelector: selector }),
  z.strictObject({ ipBlock: z.strictObject({ cidr: z.cidrv4() }) }),
]);
const peerPorts = z.array(z.strictObject({ protocol: z.enum(['TCP', 'UDP']), port })).min(1);

export const networkPolicy = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata,
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.strictObject({ from: z.array(peer).min(1), ports: peerPorts })),
    // Without `to`: everywhere.
    egress: z.array(z.strictObject({ to: z.array(peer).min(1).optional(), ports: peerPorts })),
  }),
});

/** Limits nothing that goes out. */
const ingressPolicy = networkPolicy.extend({
  spec: networkPolicy.shape.spec.omit({ egress: true }).extend({ policyTypes: z.tuple([z.literal('Ingress')]) }),
});

export const ingress = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('Ingress'),
  metadata,
  spec: z.strictObject({
    ingressClassName: name,
    tls: z.array(z.strictObject({ hosts: z.array(z.string()), secretName: name })),
    rules: z.array(
      z.strictObject({
        host: z.string(),
        http: z.strictObject({
          paths: z.array(
            z.strictObject({
              path: z.string().startsWith('/'),
              pathType: z.enum(['Prefix', 'Exact', 'ImplementationSpecific']),
              backend: z.strictObject({
                service: z.strictObject({ name, port: z.strictObject({ name: z.string() }) }),
              }),
            }),
          ),
        }),
      }),
    ),
  }),
});

/** Of ACK's controller for EKS. */
const podIdentityAssociation = z.strictObject({
  apiVersion: z.literal('eks.services.k8s.aws/v1alpha1'),
  kind: z.literal('PodIdentityAssociation'),
  metadata,
  spec: z.strictObject({
    clusterName: z.string(),
    namespace: name,
    serviceAccount: name,
    roleARN: z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
  }),
});

/** By kind. */
export const KUBERNETES_KINDS = {
  ConfigMap: configMap,
  Deployment: deployment,
  Ingress: ingress,
  NetworkPolicy: z.union([networkPolicy, ingressPolicy]),
  PersistentVolumeClaim: volumeClaim,
  PodDisruptionBudget: disruptionBudget,
  PodIdentityAssociation: podIdentityAssociation,
  Service: service,
  ServiceAccount: serviceAccount,
} as const;
