"""Pages and files for browsers: third-party assets, folium pages that need no network."""
