# Carillon on Nomad: one instance with SQLite, on the client that has its volume. Several with PostgreSQL are at the end.
#
#   nomad job run -var image=registry.internal/carillon:0.1.0 deploy/nomad/carillon.nomad.hcl
#
# The image is the one of deploy/container. The client needs in its configuration:
#
#   client {
#     host_volume "carillon" { path = "/srv/carillon" }               # chown 1654:1654, chmod 700
#     host_volume "carillon-sessions" { path = "/srv/carillon-sessions" }  # the same
#     host_network "loopback" { cidr = "127.0.0.1/32" }
#   }

variable "image" {
  type        = string
  description = "Where the image made of deploy/container/Containerfile is"
}

job "carillon" {
  group "carillon" {
    # Never more: two servers on one SQLite file would spoil it.
    count = 1

    volume "data" {
      type   = "host"
      source = "carillon"
    }

    # Where agents work.
    volume "sessions" {
      type   = "host"
      source = "carillon-sessions"
    }

    # Plain HTTP, so for a reverse proxy on the same machine.
    network {
      port "http" {
        static       = 7420
        to           = 7420
        host_network = "loopback"
      }
    }

    service {
      name     = "carillon"
      port     = "http"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/healthz"
        interval = "10s"
        timeout  = "3s"

        check_restart {
          limit = 3
          grace = "30s"
        }
      }
    }

    # No canary: the old one ends before the new one begins, on the same port and the same file.
    update {
      max_parallel = 1
      canary       = 0
    }

    task "carillon" {
      driver       = "docker"
      kill_timeout = "30s"

      config {
        image = var.image
        ports = ["http"]

        # What agents leave behind is collected.
        init = true
      }

      volume_mount {
        volume      = "data"
        destination = "/data"
      }

      volume_mount {
        volume      = "sessions"
        destination = "/sessions"
      }

      # The proxy's requests come in over Docker's bridge.
      env {
        CARILLON_Http__Proxies__0 = "172.17.0.0/16"
      }

      # Agents that are programs run in here as well, and need room.
      resources {
        cpu    = 500
        memory = 1024
      }
    }
  }
}

# Several instances share one PostgreSQL and one secret (docs/operate/postgres.md):
#
#   nomad var put nomad/jobs/carillon secret=… connection='Host=db.internal;Database=carillon;Username=carillon;Password=…'
#
# Then, in the group: count = 3, no volume, and a port of Nomad's choice on the network of the load balancer,
#
#     network {
#       port "http" { to = 7420 }
#     }
#
#     # Each node keeps its place in the log and its sessions' folders where the next one on this client finds them.
#     ephemeral_disk {
#       sticky  = true
#       migrate = true
#       size    = 1000
#     }
#
# and in the task, no volume_mount and no env block from above, but:
#
#       env {
#         CARILLON_DATA             = "${NOMAD_ALLOC_DIR}/data/carillon"
#         CARILLON_Agents__Home     = "${NOMAD_ALLOC_DIR}/data/carillon-sessions"
#         CARILLON_Http__Proxies__0 = "10.0.0.0/8" # where the load balancer is
#       }
#
#       template {
#         destination = "${NOMAD_SECRETS_DIR}/carillon.env"
#         env         = true
#         data        = <<-EOF
#           {{ with nomadVar "nomad/jobs/carillon" }}
#           CARILLON_Secret={{ .secret }}
#           CARILLON_Storage__Connection="{{ .connection }}"
#           {{ end }}
#         EOF
#       }
#
# The check of the service becomes /readyz, so that an instance without its database counts as sick.
