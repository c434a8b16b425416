import type { Scanner } from '../scanner';
import { checkov } from './checkov';
import { gixy } from './gixy';
import { kubeScore } from './kube-score';
import { kubeconform } from './kubeconform';
import { nginx } from './nginx';
import { podSecurity } from './pod-security';
import { shellcheck } from './shellcheck';
import { yamllint } from './yamllint';

/** All of them, the slowest first. */
export const SCANNERS: readonly Scanner[] = [
  checkov,
  yamllint,
  kubeconform,
  kubeScore,
  podSecurity,
  nginx,
  gixy,
  shellcheck,
];
