/** STS: says who is calling. */
import * as z from 'zod';
import { ACCOUNT } from '../arn.ts';
import type { Part } from '../part.ts';
import { operation, parser, type Principal } from '../service.ts';

interface CallerIdentity {
  readonly UserId: string;
  readonly Account: string;
  readonly Arn: string;
}

/**
 * STS with GetCallerIdentity, which needs no permission
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
 */
export function createSts(): Part {
  const getCallerIdentity = operation({
    parse: parser(z.strictObject({}), 'ValidationError'),
    needs: () => [],
    run: (_input, { principal }) => identityOf(principal),
  });
  return {
    services: {
      sts: {
        name: 'sts',
        wire: { protocol: 'query', version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
        operations: { GetCallerIdentity: getCallerIdentity },
      },
    },
    resources: {},
  };
}

function identityOf(principal: Principal): CallerIdentity {
  switch (principal.type) {
    case 'administrator':
      return { UserId: ACCOUNT, Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` };
    case 'role':
      return assumedRole(principal.arn);
    case 'service':
      return { UserId: principal.name, Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` };
    default:
      return principal satisfies never;
  }
}

/** A role is never the caller itself, but a session of it; Lambda's bear the name of the function, which is not known here. */
function assumedRole(roleArn: string): CallerIdentity {
  const role = roleArn.split('/').at(-1) ?? roleArn;
  return {
    UserId: `AROALOCALCLOUD:${role}`,
    Account: ACCOUNT,
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${role}`,
  };
}
