import type {ClusterEngineConfig} from '../cluster.ts';
import type {Submission} from '../engine.ts';
import type {EngineHost} from './engine-host.ts';
import {allocationName} from './allocation-words.ts';

export type KubernetesConfig = Extract<ClusterEngineConfig, {readonly kind: 'kubernetes'}>;

/** The label of everything of a run. */
export const runLabel = 'distillery/run';

/** The secret that has the variables which a pipeline passes on, each under its name. */
const secretName = 'distillery';

/** The exit code of a member whose time is up while there is more to do. */
const timeIsUp = 75;

/** The time that a member has to save checkpoints when its pod is ended, in seconds. */
const graceSeconds = 120;

/**
 * The manifest of an indexed job with a pod for each member. A pod whose node is needed otherwise, or whose time was
 * up, is replaced; one whose member failed is not.
 * @param host.newMark makes what tells this submission from others of the run
 * @param host.user whom the pods run as: members of a run are one user's
 */
export function jobManifest(
  submission: Submission,
  config: KubernetesConfig,
  {newMark, user}: Pick<EngineHost, 'newMark' | 'user'>,
): Readonly<Record<string, unknown>> {
  const {run, members} = submission;
  const labels = {[runLabel]: run};
  const {queue} = config;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(run, newMark()),
      namespace: config.namespace,
      labels: {
        ...labels,
        ...(queue === undefined ? {} : {'kueue.x-k8s.io/queue-name': queue}),
      },
    },
    spec: {
      completionMode: 'Indexed',
      completions: members,
      parallelism: members,
      backoffLimitPerIndex: 0,
      podFailurePolicy: {
        rules: [
          {action: 'Ignore', onPodConditions: [{type: 'DisruptionTarget'}]},
          {action: 'Ignore', onExitCodes: {operator: 'In', values: [timeIsUp]}},
          {action: 'FailIndex', onExitCodes: {operator: 'NotIn', values: [timeIsUp]}},
        ],
      },
      template: {metadata: {labels}, spec: podSpec(submission, config, user)},
    },
  };
}

/** A name that serves as the host name of pods, too: at most 63 small letters, digits and hyphens. */
function jobName(run: string, mark: string): string {
  const text = `${allocationName(run)}-${mark}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return text.slice(0, 57);
}

function podSpec(
  {pool, script, variables}: Submission,
  {image, claim, mountPath}: KubernetesConfig,
  user: EngineHost['user'],
): Readonly<Record<string, unknown>> {
  const {gpus, cpus, memoryBytes} = pool;
  const limits = {
    ...(gpus === 0 ? {} : {'nvidia.com/gpu': String(gpus)}),
    ...(cpus === undefined ? {} : {cpu: String(cpus)}),
    ...(memoryBytes === undefined ? {} : {memory: String(memoryBytes)}),
  };
  const variable = (name: string): Readonly<Record<string, unknown>> => ({
    name,
    valueFrom: {secretKeyRef: {name: secretName, key: name}},
  });
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: graceSeconds,
    ...(user && {securityContext: {runAsUser: user.uid, runAsGroup: user.gid}}),
    containers: [
      {
        name: 'member',
        image,
        command: [script],
        env: variables.map(variable),
        resources: {limits},
        volumeMounts: [{name: 'store', mountPath}],
      },
    ],
    volumes: [{name: 'store', persistentVolumeClaim: {claimName: claim}}],
  };
}
