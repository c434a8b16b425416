/** The width of text without emoji and colours, which is all that the help holds. */
export default (text) => text.length;
