module ownsignal.example/toolsets/pause

go 1.26.0
