export function accountKey(account: string, name: string, generation?: number): string;
export function digest(text: string): string;
