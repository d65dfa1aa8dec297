"use strict";
// In place of Express's body parser, which the API does not use: `express.json` and its like are undefined.
module.exports = {};
