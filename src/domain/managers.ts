/**
 * Tags of services and tools that manage an instance: the manager decides how many run, replaces a stopped one, or breaks without it.
 * Tags that only label, such as CloudFormation's, are not among them. The person whom a machine belongs to is its owner.
 */

/** A tag: `key`, `key=value`, or `prefix*` for every key that begins so. Case counts. */
export type TagPattern = string;

export interface Manager {
  /** The end of `belongs to …`. */
  readonly name: string;
  readonly tags: readonly TagPattern[];
}

export interface ManagerSettings {
  /** Further tags of managers. */
  readonly also: readonly TagPattern[];
  /** Tags that do not mean a manager. */
  readonly except: readonly TagPattern[];
}

export const MANAGERS: readonly Manager[] = [
  { name: 'the Auto Scaling group', tags: ['aws:autoscaling:groupName'] },
  { name: 'the EC2 Fleet', tags: ['aws:ec2:fleet-id'] },
  { name: 'the Spot Fleet', tags: ['aws:ec2spot:fleet-request-id'] },
  { name: 'the EMR cluster', tags: ['aws:elasticmapreduce:*'] },
  { name: 'AWS Batch', tags: ['AWSBatchServiceTag', 'aws:batch:*'] },
  { name: 'Amazon ECS', tags: ['AmazonECSManaged', 'aws:ecs:*'] },
  {
    name: 'the EKS cluster',
    tags: [
      'eks:cluster-name',
      'eks:eks-cluster-name',
      'eks:nodegroup-name',
      'eks:kubernetes-node-class-name',
      'eks:kubernetes-node-pool-name',
      'aws:eks:*',
      'alpha.eksctl.io/*',
    ],
  },
  {
    name: 'the Kubernetes cluster',
    tags: [
      'kubernetes.io/cluster/*',
      'k8s.io/cluster/*',
      'k8s.io/cluster-autoscaler/*',
      'k8s.io/role/*',
      'KubernetesCluster',
      'kops.k8s.io/*',
      'sigs.k8s.io/cluster-api-provider-aws/*',
      'node.k8s.amazonaws.com/*',
    ],
  },
  { name: 'Karpenter', tags: ['karpenter.sh/*', 'karpenter.k8s.aws/*'] },
  { name: 'the Elastic Beanstalk environment', tags: ['elasticbeanstalk:*', 'aws:elasticbeanstalk:*'] },
  { name: 'AWS ParallelCluster', tags: ['parallelcluster:*', 'aws-parallelcluster-node-type'] },
  { name: 'the AWS PCS cluster', tags: ['aws:pcs:*'] },
  { name: 'Amazon SageMaker', tags: ['aws:sagemaker:*', 'sagemaker:cluster-name'] },
  { name: 'AWS OpsWorks', tags: ['opsworks:*'] },
  // Its tag AWSApplicationMigrationServiceManaged also stays on migrated machines. These servers are its own.
  {
    name: 'AWS Application Migration Service',
    tags: [
      'Name=AWS Application Migration Service Replication Server',
      'Name=AWS Application Migration Service Conversion Server',
    ],
  },
  {
    name: 'AWS Elastic Disaster Recovery',
    tags: [
      'AWSElasticDisasterRecoveryManaged',
      'Name=AWS Elastic Disaster Recovery Replication Server',
      'Name=AWS Elastic Disaster Recovery Conversion Server',
    ],
  },
  { name: 'EC2 Image Builder', tags: ['Ec2ImageBuilderArn', 'CreatedBy=EC2 Image Builder'] },
  { name: 'Packer, which is building an image', tags: ['Name=Packer Builder'] },
  { name: 'the Deadline render farm', tags: ['DeadlineTrackedAWSResource', 'aws:deadline:*'] },
  { name: 'Databricks', tags: ['Vendor=Databricks', 'DatabricksInstancePoolId', 'DatabricksInstanceGroupId'] },
  { name: 'the Ray cluster', tags: ['ray-cluster-name'] },
  { name: 'the SkyPilot cluster', tags: ['skypilot-cluster-name'] },
  { name: 'Anyscale', tags: ['anyscale-*'] },
  { name: 'the Dask cluster', tags: ['createdBy=dask-cloudprovider'] },
  { name: 'dstack', tags: ['dstack_project', 'dstack_name'] },
  { name: 'Spot by NetApp', tags: ['spotinst:*'] },
  { name: 'CAST AI', tags: ['cast:*'] },
  { name: 'the GitHub runners', tags: ['ghr:*', 'runs-on-stack-name'] },
  { name: 'the GitLab runner', tags: ['gitlab-runner-parent-id'] },
  { name: 'Jenkins', tags: ['jenkins_server_url', 'jenkins_slave_type'] },
];

/** AWS's own tags that only label. */
export const AWS_LABELS: readonly TagPattern[] = [
  'aws:cloudformation:*',
  'aws:servicecatalog:*',
  'aws:ec2launchtemplate:*',
  'aws:cloud9:*',
  'aws:backup:*',
  'aws:dlm:*',
  'aws:migrationhub:*',
  'aws:launchwizard:*',
  'aws:marketplace:*',
  'aws:resource-groups:*',
  'aws:ssm*',
  'aws:createdBy',
];

/** Only AWS can set tags with this prefix. An unknown one may be a manager's. */
export const AWS_PREFIX = 'aws:';

export interface Managed {
  readonly manager: string;
  readonly key: string;
  readonly value: string;
}

export function findManager(tags: Readonly<Record<string, string>>, settings: ManagerSettings): Managed | undefined {
  for (const [key, value] of Object.entries(tags)) {
    if (settings.except.some((pattern) => matches(pattern, key, value))) continue;
    const manager = managerOf(key, value, settings.also);
    if (manager !== undefined) return { manager, key, value };
  }
  return undefined;
}

function managerOf(key: string, value: string, also: readonly TagPattern[]): string | undefined {
  const hasTag = (patterns: readonly TagPattern[]): boolean => patterns.some((pattern) => matches(pattern, key, value));
  const known = MANAGERS.find(({ tags }) => hasTag(tags));
  if (known !== undefined) return known.name;
  if (hasTag(also)) return 'a service or tool that the configuration lists';
  return key.startsWith(AWS_PREFIX) && !hasTag(AWS_LABELS) ? 'an AWS service' : undefined;
}

function matches(pattern: TagPattern, key: string, value: string): boolean {
  if (pattern.endsWith('*')) return key.startsWith(pattern.slice(0, -1));
  return key === pattern || `${key}=${value}` === pattern;
}
