/** Style sheets that an entry imports become the panel's one style sheet beside its bundle. */
declare module '*.css';
