# A network whose firewall lets nothing out but to itself, to Google's own services (by their restricted addresses) and to the listed networks and
# ports. Nodes have no public addresses. Managed databases are peered with a range of their own.
# SPDX-License-Identifier: PostgreSQL

locals {
  inside = [var.settings.cidr, "172.20.0.0/14", "172.24.0.0/18"]
  google = "199.36.153.4/30"
}

resource "google_compute_network" "this" {
  name                            = var.name
  auto_create_subnetworks         = false
  delete_default_routes_on_create = true
}

resource "google_compute_subnetwork" "nodes" {
  name                     = "${var.name}-nodes"
  network                  = google_compute_network.this.id
  region                   = var.region
  ip_cidr_range            = cidrsubnet(var.settings.cidr, 2, 0)
  private_ip_google_access = true
  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = "172.20.0.0/14"
  }
  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = "172.24.0.0/18"
  }
  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 1
  }
}

resource "google_compute_global_address" "databases" {
  name          = "${var.name}-databases"
  network       = google_compute_network.this.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  address       = cidrhost(cidrsubnet(var.settings.cidr, 2, 1), 0)
  prefix_length = tonumber(split("/", var.settings.cidr)[1]) + 2
}

resource "google_compute_route" "out" {
  for_each         = toset(concat(var.settings.egress_cidrs, [local.google]))
  name             = "${var.name}-${replace(replace(each.value, ".", "-"), "/", "-")}"
  network          = google_compute_network.this.id
  dest_range       = each.value
  next_hop_gateway = "default-internet-gateway"
}

resource "google_compute_router" "this" {
  name    = var.name
  network = google_compute_network.this.id
  region  = var.region
}

resource "google_compute_router_nat" "this" {
  name                               = var.name
  router                             = google_compute_router.this.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}

resource "google_compute_firewall" "nothing_out" {
  name               = "${var.name}-nothing-out"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 65000
  destination_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
}

resource "google_compute_firewall" "inside_out" {
  name               = "${var.name}-inside-out"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = concat(local.inside, [local.google])
  allow {
    protocol = "all"
  }
}

resource "google_compute_firewall" "listed_out" {
  count              = length(var.settings.egress_cidrs) > 0 ? 1 : 0
  name               = "${var.name}-listed-out"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = var.settings.egress_cidrs
  allow {
    protocol = "tcp"
    ports    = [for port in var.settings.egress_ports : tostring(port)]
  }
}

resource "google_compute_firewall" "inside" {
  name          = "${var.name}-inside"
  network       = google_compute_network.this.id
  direction     = "INGRESS"
  source_ranges = local.inside
  allow {
    protocol = "all"
  }
}
