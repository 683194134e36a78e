/** The parts of dynalite 4.0.0 that `dynalite-grammar.ts` uses; the package carries no types of its own. */

declare module 'dynalite/validations/index.js' {
  /** As in `attribute-value.ts`, which the declaration of a module cannot import. */
  export interface AttributeValue {
    readonly S?: string;
    readonly N?: string;
    readonly B?: string;
    readonly BOOL?: boolean;
    readonly NULL?: boolean;
    readonly SS?: readonly string[];
    readonly NS?: readonly string[];
    readonly BS?: readonly string[];
    readonly L?: AttributeValue[];
    readonly M?: { readonly [attribute: string]: AttributeValue };
  }

  /** A parameter's wire type and constraints, as dynalite's tables state them. */
  export interface Rule {
    readonly type: string;
    readonly notNull?: boolean;
    readonly required?: boolean;
    readonly enum?: readonly string[];
    readonly regex?: string;
    readonly lengthGreaterThanOrEqual?: number;
    readonly lengthLessThanOrEqual?: number;
    readonly greaterThanOrEqual?: number;
    readonly lessThanOrEqual?: number;
    /** Of the keys of a map. */
    readonly keys?: Pick<Rule, 'regex' | 'lengthGreaterThanOrEqual' | 'lengthLessThanOrEqual'>;
    readonly children?: string | Rule | Rules;
  }
  export type Rules = { readonly [parameter: string]: string | Rule };

  export type RawPath = (string | number)[];
  export interface RawNode {
    readonly type: string;
    readonly name?: string;
    readonly args: RawOperand[];
  }
  export type RawOperand = RawPath | RawNode | AttributeValue;
  export interface RawSection {
    readonly type: string;
    readonly path: RawPath;
    readonly val: RawOperand;
    readonly attrType?: string;
  }
  export interface RawCondition {
    readonly expression: RawNode;
    readonly nestedPaths: Record<string, true>;
    readonly pathHeads: Record<string, true>;
  }
  export interface RawKeyConditions {
    readonly [attribute: string]: {
      readonly ComparisonOperator: string;
      readonly AttributeValueList: AttributeValue[];
    };
  }

  /** What `validateExpressions` reads, and the members that it adds. */
  export interface ExpressionData {
    UpdateExpression?: string | undefined;
    ConditionExpression?: string | undefined;
    KeyConditionExpression?: string | undefined;
    FilterExpression?: string | undefined;
    ProjectionExpression?: string | undefined;
    ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
    ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
    _updates?: {
      readonly sections: RawSection[];
      readonly paths: RawPath[];
      readonly nestedPaths: Record<string, true>;
    };
    _condition?: RawCondition;
    _keyCondition?: RawCondition;
    _filter?: RawCondition;
    _projection?: { readonly paths: RawPath[]; readonly nestedPaths: Record<string, true> };
  }

  const validations: {
    checkTypes<Request>(data: object, rules: Rules): Request;
    checkValidations(data: unknown, rules: Rules, custom: (data: unknown) => string | undefined): void;
    validateAttributeValue(value: AttributeValue): string | undefined;
    validateExpressionParams(data: ExpressionData, expressions: string[], nonExpressions: string[]): string | undefined;
    validateExpressions(data: ExpressionData): string | undefined;
    convertKeyCondition(expression: RawNode): string | RawKeyConditions;
    validateConditions(conditions: RawKeyConditions): string | undefined;
  };
  export default validations;
}

declare module 'dynalite/validations/*.js' {
  import type { Rules } from 'dynalite/validations/index.js';
  const operation: { readonly types: Rules; readonly custom?: (data: unknown) => string | undefined };
  export default operation;
}
