// The page of the API depends on a package that only has an install script. This one has none, and nothing in it.
export {};
