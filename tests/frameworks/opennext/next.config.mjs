// For the route that imports the package: OpenNext then copies it whole, with its entry for workerd.
export default { serverExternalPackages: ['cachelib-edge'] };
