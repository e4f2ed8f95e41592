import type { DocumentTypeDecoration } from './generated/operations.ts';

/** An operation as a string that may know its types. */
export type OperationText<Result, Variables> = DocumentTypeDecoration<Result, Variables> & {
  toString(): string;
  readonly length: number;
};
