/** Whether a row can hold this text as it is: a column's text ends at NUL, and half a surrogate pair has no UTF-8. */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}
