/** Let what is typed go into the first of the fields that is empty, or in place of what stands in the first. */
export function typeInto(fields) {
  const open = fields.filter(({ type, readOnly }) => type === "text" && !readOnly);
  const field = open.find(({ value }) => !value) ?? open[0];
  field?.focus();
  field?.select();
}
