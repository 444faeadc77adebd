export const bell = "not compressed";
